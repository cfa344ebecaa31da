"""`mcmeet_sfu` without packets: the same calls and the same rules, for tests of the signalling above it."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from typing import Any

from tests.contract import sdp_text
from tests.contract.sdp_text import Section


@dataclass(frozen=True)
class OfferedTrack:
    mid: str
    kind: str
    sending: bool
    stream: str
    track: str


@dataclass
class Transport:
    router: int
    offered: list[Section] = field(default_factory=list)
    slots: list[int | None] = field(default_factory=list)
    """Of a subscriber: the consumer in each section after the first, which is the application's."""
    slot_kinds: list[str] = field(default_factory=list)
    slot_streams: list[str | None] = field(default_factory=list)
    """Last offered there, until the client has answered that the section is inactive."""
    inactive_slots: list[int] = field(default_factory=list)
    """In the offer in flight."""
    connected: bool = False
    in_flight: bool = False


@dataclass
class Producer:
    transport: int
    mid: str
    kind: str
    paused: bool = False


@dataclass
class Consumer:
    transport: int
    producer: int
    stream: str
    track: str
    paused: bool = False


class FakeSfu:
    """Transports connect as soon as both descriptions are there; `silent` keeps them from it."""

    def __init__(self) -> None:
        self._eventfd = os.eventfd(0, os.EFD_NONBLOCK)
        self._events: list[tuple[Any, ...]] = []
        self._ids = itertools.count(1)
        self.silent = False
        self.held_barriers: list[int] | None = None
        self.broken = False
        self.port = 7882
        self.receive_buffer = (8 << 20, 8 << 20)
        self.routers: set[int] = set()
        self.transports: dict[int, Transport] = {}
        self.producers: dict[int, Producer] = {}
        self.consumers: dict[int, Consumer] = {}
        self.key_frame_requests: list[int] = []
        self.sent_data: list[tuple[int, bool, bytes]] = []
        """Subscriber, reliable, payload."""
        self.unusable_mids: set[str] = set()

    def emit(self, *event: Any) -> None:
        self._events.append(event)
        os.eventfd_write(self._eventfd, 1)

    def receivers(self, producer: int) -> list[int]:
        """Transports that a packet of the producer would be sent to."""
        if self.producers[producer].paused:
            return []
        consumers = self.consumers.values()
        return [c.transport for c in consumers if c.producer == producer and not c.paused]

    def fileno(self) -> int:
        return self._eventfd

    def drain(self) -> list[tuple[Any, ...]]:
        os.eventfd_read(self._eventfd)
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        os.close(self._eventfd)

    def open_router(self) -> int:
        self.routers.add(router := next(self._ids))
        return router

    def close_router(self, router: int) -> None:
        self.routers.remove(router)
        for transport in [t for t, held in self.transports.items() if held.router == router]:
            self.close_transport(transport)

    def open_publisher(self, router: int) -> int:
        assert router in self.routers
        self.transports[transport := next(self._ids)] = Transport(router)
        return transport

    open_subscriber = open_publisher

    def close_transport(self, transport: int) -> None:
        for producer in [p for p, held in self.producers.items() if held.transport == transport]:
            self.close_producer(producer)
        for consumer in [c for c, held in self.consumers.items() if held.transport == transport]:
            self.close_consumer(consumer)
        self.transports.pop(transport, None)

    def read_offer(self, transport: int, sdp: str) -> list[OfferedTrack]:
        self.transports[transport].offered = sdp_text.read(sdp)
        return [
            OfferedTrack(section.mid, section.kind, section.sending, section.stream, section.track)
            for section in self.transports[transport].offered
            if section.kind != "application"
        ]

    def produce(self, transport: int, mid: str) -> int:
        for producer, held in self.producers.items():
            if (held.transport, held.mid) == (transport, mid):
                return producer
        section = next(section for section in self.transports[transport].offered if section.mid == mid)
        if not section.sending or mid in self.unusable_mids:
            raise ValueError(mid)
        self.producers[producer := next(self._ids)] = Producer(transport, mid, section.kind)
        return producer

    def answer(self, transport: int, without_dtx: list[str]) -> str:
        mids = {held.mid for held in self.producers.values() if held.transport == transport}
        answered = [
            Section(section.mid, section.kind, self._direction(section, mids))
            for section in self.transports[transport].offered
        ]
        self._connect(transport)
        return sdp_text.write(answered)

    def pause_producer(self, producer: int, paused: bool) -> None:
        if producer in self.producers:
            self.producers[producer].paused = paused

    def close_producer(self, producer: int) -> None:
        for consumer in [c for c, held in self.consumers.items() if held.producer == producer]:
            self.close_consumer(consumer)
        self.producers.pop(producer, None)

    def request_key_frame(self, producer: int) -> None:
        self.key_frame_requests.append(producer)

    def consume(self, transport: int, producer: int, stream: str, track: str) -> int:
        held, kind = self.transports[transport], self.producers[producer].kind
        self.consumers[consumer := next(self._ids)] = Consumer(transport, producer, stream, track)
        for slot, occupant in enumerate(held.slots):
            if (occupant, held.slot_kinds[slot]) == (None, kind) and held.slot_streams[slot] != stream:
                held.slots[slot] = consumer
                return consumer
        held.slots.append(consumer)
        held.slot_kinds.append(kind)
        held.slot_streams.append(None)
        return consumer

    def consumer_mid(self, consumer: int) -> str:
        slots = self.transports[self.consumers[consumer].transport].slots
        return str(slots.index(consumer) + 1)

    def pause_consumer(self, consumer: int, paused: bool) -> None:
        if consumer in self.consumers:
            self.consumers[consumer].paused = paused

    def close_consumer(self, consumer: int) -> None:
        gone = self.consumers.pop(consumer, None)
        if gone is not None:
            slots = self.transports[gone.transport].slots
            slots[slots.index(consumer)] = None

    def offer(self, transport: int) -> str:
        held = self.transports[transport]
        assert not held.in_flight, "one offer at a time"
        held.in_flight = True
        held.inactive_slots = [slot for slot, consumer in enumerate(held.slots) if consumer is None]
        sections = [Section("0", "application")]
        for number, (consumer, kind) in enumerate(zip(held.slots, held.slot_kinds, strict=True), 1):
            if consumer is None:
                sections.append(Section(str(number), kind, "inactive"))
            else:
                shown = self.consumers[consumer]
                held.slot_streams[number - 1] = shown.stream
                sections.append(Section(str(number), kind, "sendonly", shown.stream, shown.track))
        return sdp_text.write(sections)

    def accept_answer(self, transport: int, sdp: str) -> None:
        sdp_text.read(sdp)
        held = self.transports[transport]
        held.in_flight = False
        for slot in held.inactive_slots:
            held.slot_streams[slot] = None
        self._connect(transport)

    def send_data(self, router: int, transports: list[int], reliable: bool, payload: bytes) -> None:
        assert all(self.transports[transport].router == router for transport in transports)
        self.sent_data += [(transport, reliable, payload) for transport in transports]

    def barrier(self, token: int) -> None:
        if self.broken:
            raise RuntimeError("a media thread has ended")
        if self.held_barriers is None:
            self.emit("barrier", token)
        else:
            self.held_barriers.append(token)

    def stats(self) -> dict[str, Any]:
        return {}

    def _connect(self, transport: int) -> None:
        if not self.transports[transport].connected and not self.silent:
            self.transports[transport].connected = True
            self.emit("connected", transport)

    @staticmethod
    def _direction(section: Section, producing: set[str]) -> str:
        if section.kind == "application":
            return "sendrecv"
        return "recvonly" if section.mid in producing else "inactive"
