"""One connection of a seat to a media room: who it is, what it may do, what it sends and receives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from livekit.protocol import models, rtc

from mcmeet.media.embedded import messages
from mcmeet.media.embedded.publisher import Publisher
from mcmeet.media.embedded.subscriber import Subscriber
from mcmeet.media.embedded.tokens import Grant
from mcmeet.media.port import GoneReason, Rights, SeatState, Source

if TYPE_CHECKING:
    from mcmeet_sfu import Engine

NORMAL_CLOSURE: Final = 1000
"""RFC 6455 §7.4.1."""

State = models.ParticipantInfo.State


class Connection(Protocol):
    """The client's end of the signalling socket."""

    def send(self, frame: bytes) -> None:
        """Neither waits nor fails."""
        ...

    def close(self, code: int) -> None:
        """After what was sent before it. Neither waits nor fails."""
        ...

    async def wait_closed(self) -> None:
        """Until everything sent is on its way."""
        ...


class Participant:
    """`connection` is None between the loss of its socket and the end of the grace time."""

    def __init__(
        self,
        sfu: Engine,
        router: int,
        grant: Grant,
        connection: Connection,
        *,
        auto_subscribe: bool,
        sync_streams: bool,
        is_standalone: bool,
        now: datetime,
    ) -> None:
        self.identity = grant.identity
        self.rights = grant.rights
        self.hidden = grant.hidden
        self.connection: Connection | None = connection
        self.connected = False
        self.grace: asyncio.TimerHandle | None = None
        self.publisher = Publisher(sfu, router, is_standalone=is_standalone)
        self.subscriber = Subscriber(
            sfu,
            router,
            self._send_offer,
            self._leave_out,
            auto_subscribe=auto_subscribe,
            sync_streams=sync_streams,
        )
        self._info = models.ParticipantInfo(
            sid=messages.new_participant_sid(),
            identity=grant.identity,
            name=grant.name,
            metadata=grant.metadata,
            state=State.JOINED,
            joined_at=int(now.timestamp()),
        )
        self._set_permission()

    @property
    def sid(self) -> str:
        return self._info.sid

    @property
    def transports(self) -> tuple[int, int]:
        return self.publisher.transport, self.subscriber.transport

    @property
    def may_publish(self) -> frozenset[Source]:
        """Nobody could see where a hidden seat's sound comes from, so it sends nothing."""
        return frozenset() if self.hidden else self.rights.publish

    @property
    def may_send_data(self) -> bool:
        return self.rights.data and not self.hidden

    def info(self) -> models.ParticipantInfo:
        """What peers learn; its version rises with each call, clients drop older ones."""
        self._info.version += 1
        del self._info.tracks[:]
        self._info.tracks.extend(track.info for track in self.publisher.tracks)
        self._info.is_publisher = bool(self._info.tracks)
        copy = models.ParticipantInfo()
        copy.CopyFrom(self._info)
        return copy

    def state(self) -> SeatState:
        tracks = tuple(track.state() for track in self.publisher.tracks)
        return SeatState(self.identity, self.rights, self.hidden, self.connected, tracks)

    def set_rights(self, rights: Rights, hidden: bool) -> bool:
        """True when something changed."""
        if (rights, hidden) == (self.rights, self.hidden):
            return False
        self.rights, self.hidden = rights, hidden
        self._set_permission()
        return True

    def set_active(self) -> None:
        self.connected = True
        self._info.state = State.ACTIVE

    def dismiss(self, reason: GoneReason) -> None:
        """Tells the client why, and lets go of its socket."""
        if self.grace is not None:
            self.grace.cancel()
        self.send(messages.start_over() if reason is GoneReason.FAILED else messages.leave(reason))
        if self.connection is not None:
            self.connection.close(NORMAL_CLOSURE)
        self.connection = None
        self.connected = False
        self._info.state = State.DISCONNECTED
        self._info.disconnect_reason = messages.DISCONNECT_REASONS[reason]

    def send(self, response: rtc.SignalResponse) -> None:
        self.send_frame(messages.encode(response))

    def send_frame(self, frame: bytes) -> None:
        if self.connection is not None:
            self.connection.send(frame)

    def _set_permission(self) -> None:
        permission = messages.permission(self.rights, self.may_publish, self.hidden)
        self._info.permission.CopyFrom(permission)

    def _leave_out(self, sid: str) -> None:
        self.send(messages.left_out(sid))

    def _send_offer(self, sdp: str, number: int, tracks: Mapping[str, str]) -> None:
        self.send(messages.offer(sdp, number, tracks))
