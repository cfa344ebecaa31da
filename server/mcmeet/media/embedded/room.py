"""A media room: its participants, and what each change means for all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from livekit.protocol import models, rtc

from mcmeet.core.clock import Clock
from mcmeet.core.rates import Rates
from mcmeet.media.embedded import data_packets, messages
from mcmeet.media.embedded.participant import Participant
from mcmeet.media.embedded.publisher import Track
from mcmeet.media.embedded.speakers import Speakers
from mcmeet.media.embedded.tokens import Grant
from mcmeet.media.port import (
    GoneReason,
    MediaEvent,
    Rights,
    SeatConnected,
    SeatGone,
    Source,
    SpeakersChanged,
    TrackEnded,
    TrackMuted,
    TrackPublished,
)

if TYPE_CHECKING:
    from mcmeet_sfu import Engine

CHANGES: Final = "30/15seconds"
"""Of one identity: coming in, and offers that start or end tracks. Each makes all others renegotiate."""
MUTES: Final = "150/15seconds"
"""Of one identity. Each is told to every other client."""


class Room:
    """`admitted` is who may come in, and with what rights; `set_left` hears of each one who is out."""

    def __init__(
        self,
        sfu: Engine,
        name: str,
        emit: Callable[[MediaEvent], None],
        set_left: Callable[[Room, Participant], None],
        clock: Clock,
    ) -> None:
        self._sfu = sfu
        self._emit = emit
        self._set_left = set_left
        self._speakers = Speakers()
        self._rates = Rates(clock)
        self.name = name
        self.router = sfu.open_router()
        self.sid = messages.new_room_sid()
        self.created_at = clock.now()
        self.admitted: dict[str, Grant] = {}
        self.participants: dict[str, Participant] = {}

    def info(self) -> models.Room:
        return models.Room(
            sid=self.sid,
            name=self.name,
            creation_time=int(self.created_at.timestamp()),
            num_participants=len(self.participants),
        )

    def require_rate(self, identity: str) -> None:
        """Raises TooManyRequests for who has come in, or changed tracks, too often to come in now."""
        self._rates.test(CHANGES, identity)

    def join(self, participant: Participant, *, fast_publish: bool) -> None:
        """Sends `join` and the first offer, which carries all tracks there are, and tells the others.

        Raises TooManyRequests unless `require_rate` was asked before.
        """
        self._rates.hit(CHANGES, participant.identity)
        replaced = self.participants.get(participant.identity)
        if replaced is not None:
            self.leave(replaced, GoneReason.REPLACED)
        others = [peer.info() for peer in self.participants.values() if not peer.hidden]
        self.participants[participant.identity] = participant
        participant.send(
            messages.join(
                self.info(),
                participant.info(),
                others,
                subscriber_primary=participant.rights.subscribe,
                fast_publish=fast_publish,
            )
        )
        if participant.rights.subscribe:
            self._offer_all(participant)
        self.announce(participant)
        self._negotiate_with_others(participant)

    def leave(self, participant: Participant, reason: GoneReason) -> None:
        """Ends the participant for good; the client is told unless it said so itself."""
        if self.participants.get(participant.identity) is not participant:
            return
        del self.participants[participant.identity]
        was_connected = participant.connected
        participant.dismiss(reason)
        tracks = list(participant.publisher.tracks)
        for track in tracks:
            participant.publisher.end(track)
        self._forget(participant, tracks)
        for transport in participant.transports:
            self._sfu.close_transport(transport)
        self._speakers.forget(participant.sid)
        # Peers of a replaced participant learn it from the newcomer's `update` (golden rule 18).
        if reason is not GoneReason.REPLACED:
            self.announce(participant)
            self._negotiate_with_others(participant)
        if was_connected:
            self._emit(SeatGone(self.name, participant.identity, reason))
        self._set_left(self, participant)

    def close(self, reason: GoneReason) -> None:
        """All go at once: what each departure would be to the others, nobody is left to hear."""
        leaving, self.participants = self.participants, {}
        for participant in leaving.values():
            was_connected = participant.connected
            participant.dismiss(reason)
            for track in participant.publisher.tracks:
                self._emit(TrackEnded(self.name, participant.identity, track.sid))
            if was_connected:
                self._emit(SeatGone(self.name, participant.identity, reason))
            self._set_left(self, participant)
        self._sfu.close_router(self.router)

    def set_connected(self, participant: Participant) -> None:
        if participant.connected:
            return
        participant.set_active()
        self.announce(participant)
        self._emit(SeatConnected(self.name, participant.identity))

    def take_offer(self, participant: Participant, sdp: str, number: int) -> None:
        """Raises ValueError, TooManyRequests. Peers get the new tracks at once: RTP is not waited for."""
        outcome = participant.publisher.take_offer(sdp)
        participant.send(messages.answer(outcome.sdp, number))
        for track in outcome.dropped:
            participant.send(messages.unpublished(track.sid))
        if not outcome.started and not outcome.ended:
            return
        self._forget(participant, outcome.ended)
        self.announce(participant)
        for track in outcome.started:
            self._emit(
                TrackPublished(self.name, participant.identity, track.sid, track.source, track.info.muted)
            )
            for peer in self._receivers_of(participant):
                peer.subscriber.offer_track(track, participant.sid)
        self._negotiate_with_others(participant)
        self._rates.hit(CHANGES, participant.identity)

    def set_muted(self, participant: Participant, sid: str, muted: bool) -> None:
        """Raises TooManyRequests."""
        if participant.publisher.set_muted(sid, muted) is None:
            return
        self.announce(participant)
        self._emit(TrackMuted(self.name, participant.identity, sid, muted))
        self._rates.hit(MUTES, participant.identity)

    def set_rights(self, participant: Participant, rights: Rights, hidden: bool) -> None:
        """The media threads are told; they need not have obeyed yet."""
        if not participant.set_rights(rights, hidden):
            return
        ended = participant.publisher.withdraw(participant.may_publish)
        for track in ended:
            participant.send(messages.unpublished(track.sid))
        self._forget(participant, ended)
        self.announce(participant)
        self._negotiate_with_others(participant)
        if rights.subscribe:
            self._offer_all(participant)
        else:
            participant.subscriber.stop_all()
            participant.subscriber.negotiate()

    def subscribe(self, participant: Participant, sids: Iterable[str], wanted: bool) -> None:
        """Unknown tracks are skipped: they may have ended while the message was under way."""
        if not participant.rights.subscribe:
            return
        named = set(sids)
        for sid, (owner, track) in self._tracks().items():
            if sid in named and owner is not participant:
                participant.subscriber.set_wanted(track, owner.sid, wanted)
        participant.subscriber.negotiate()

    def show(self, participant: Participant, sids: Iterable[str], shown: bool) -> None:
        named = set(sids)
        for sid, (_, track) in self._tracks().items():
            if sid in named:
                participant.subscriber.set_disabled(track, not shown)

    def speak(self, levels: list[tuple[int, float]]) -> None:
        """`levels` are (producer, 0..1), loudest first. What a shared screen plays is nobody's voice."""
        owners = {
            track.producer: participant
            for participant in self.participants.values()
            for track in participant.publisher.tracks
            if track.source is not Source.SCREEN_SHARE_AUDIO
        }
        speaking: dict[Participant, float] = {}
        for producer, level in levels:
            if producer in owners:
                speaking.setdefault(owners[producer], level)
        change = self._speakers.change({peer.sid: level for peer, level in speaking.items()})
        if change is None:
            return
        self._send_to_all(change)
        loudest_first = tuple((peer.identity, level) for peer, level in speaking.items())
        self._emit(SpeakersChanged(self.name, loudest_first))

    def relay(self, sender: Participant, payload: bytes, *, reliable: bool) -> None:
        """Gives a data packet to those it is for, or to all who receive anything."""
        if not sender.may_send_data:
            return
        packet = data_packets.stamped(payload, sender.sid, sender.identity, reliable=reliable)
        if packet is None:
            return
        named = set(packet.destination_identities)
        receivers = [
            peer.subscriber.transport
            for peer in self._receivers_of(sender)
            if not named or peer.identity in named
        ]
        if receivers:
            self._sfu.send_data(self.router, receivers, reliable, packet.SerializeToString())

    def announce(self, participant: Participant) -> None:
        """Everybody learns the participant's new state, itself included (golden rules 7 and 12)."""
        frame = messages.encode(messages.update(participant.info()))
        participant.send_frame(frame)
        if participant.hidden:
            return
        for peer in self.participants.values():
            if peer is not participant:
                peer.send_frame(frame)

    def _send_to_all(self, response: rtc.SignalResponse) -> None:
        frame = messages.encode(response)
        for participant in self.participants.values():
            participant.send_frame(frame)

    def _forget(self, owner: Participant, tracks: Iterable[Track]) -> None:
        """Consumers end before the `update` that removes the track."""
        for track in tracks:
            for peer in self.participants.values():
                peer.subscriber.forget(track.sid)
            self._emit(TrackEnded(self.name, owner.identity, track.sid))

    def _offer_all(self, participant: Participant) -> None:
        for peer in self.participants.values():
            if peer is not participant:
                for track in peer.publisher.tracks:
                    participant.subscriber.offer_track(track, peer.sid)
        participant.subscriber.negotiate()

    def _receivers_of(self, participant: Participant) -> Iterable[Participant]:
        return (
            peer for peer in self.participants.values() if peer is not participant and peer.rights.subscribe
        )

    def _negotiate_with_others(self, participant: Participant) -> None:
        for peer in self._receivers_of(participant):
            peer.subscriber.negotiate()

    def _tracks(self) -> dict[str, tuple[Participant, Track]]:
        """By sid. A message may name any number of them: each costs one look-up, not a walk of the room."""
        return {
            track.sid: (participant, track)
            for participant in self.participants.values()
            for track in participant.publisher.tracks
        }
