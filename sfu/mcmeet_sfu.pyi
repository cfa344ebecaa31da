"""The media engine: SDP, ICE, DTLS, SRTP and forwarding, on threads of its own without the GIL.

All ids (router, transport, producer, consumer) are positive integers of one engine and are never used twice.
They are made on the calling thread: a call that opens something returns at once and needs no round trip to
the media thread. Commands take effect in the order of the calls; `barrier` tells when they have.

Errors: `ValueError` for SDP that cannot be used, `LookupError` for an id that is not open (closing or pausing
what is gone is not an error), `RuntimeError` after `close` and where a media thread has ended. No method
calls back into Python.
"""

from typing import Literal, TypeAlias, TypedDict, final

Event: TypeAlias = (
    tuple[Literal["connected"], int]
    | tuple[Literal["failed"], int, str]
    | tuple[Literal["levels"], int, list[tuple[int, float]]]
    | tuple[Literal["data"], int, bool, bytes]
    | tuple[Literal["barrier"], int]
    | tuple[Literal["worker_failed"], int]
)

class SocketStats(TypedDict):
    """Counters of the media ports since the engine started."""

    packets_received: int
    packets_sent: int
    messages_sent: int  # datagram trains: packets_sent / messages_sent is the gain of UDP segmentation
    send_errors: int
    packets_dropped: int  # from nobody we know, or neither STUN, DTLS nor RTP
    sessions_panicked: int  # bugs that were contained: each has ended one session, or cost one STUN message

class TransportStats(TypedDict):
    router: int
    connected: bool
    srtp_profile: str | None
    packets_received: int
    packets_sent: int
    bytes_received: int
    bytes_sent: int
    decrypt_failures: int
    unknown_packets: int  # authentic RTP that belongs to no producer
    refused_packets: int  # of one SSRC too many: all that are remembered are in use
    data_dropped: int  # for a client that is too slow to take them

class ProducerStats(TypedDict):
    transport: int
    kind: str
    paused: bool
    packets: int
    bytes: int
    lost: int  # expected and neither received nor repaired
    nacks_sent: int
    plis_sent: int
    rtx_received: int
    key_frames: int
    width: int  # of the last key frame, 0 before it and for audio
    height: int

class ConsumerStats(TypedDict):
    transport: int
    producer: int
    paused: bool
    packets: int
    bytes: int
    nacks_received: int
    plis_received: int
    rtx_sent: int

class Stats(TypedDict):
    socket: SocketStats
    transports: dict[int, TransportStats]
    producers: dict[int, ProducerStats]
    consumers: dict[int, ConsumerStats]

@final
class OfferedTrack:
    """One audio or video section of a publisher's offer."""

    @property
    def mid(self) -> str: ...
    @property
    def kind(self) -> Literal["audio", "video"]: ...
    @property
    def sending(self) -> bool:
        """The client wants to send here: the section is live and `sendonly` or `sendrecv`."""
    @property
    def stream(self) -> str:
        """First part of `a=msid`, "" without one."""
    @property
    def track(self) -> str:
        """Second part of `a=msid`: the client's own track id (cid), "" without one."""

@final
class Engine:
    def __init__(
        self,
        host: str,
        port: int,
        *,
        announce: str | None = None,
        workers: int = 1,
        tcp_port: int | None = None,
    ) -> None:
        """Binds UDP `host:port` (0 = any free port) and starts the media threads.

        `announce` is the address written into candidates, or several separated by commas; needed when `host`
        is `0.0.0.0` or `::`. With `workers` > 1 worker n binds `port + n` (any free port when `port` is 0).
        `tcp_port` is where the program accepts connections for `take_stream`, at the same addresses.
        Raises `OSError` when the port is taken, `ValueError` for an address that cannot be read.
        """
    @property
    def port(self) -> int:
        """UDP port of the first worker."""
    @property
    def receive_buffer(self) -> tuple[int, int]:
        """Bytes that the kernel gave each media port for what arrives, and that it was asked for."""
    def fileno(self) -> int:
        """An eventfd that is readable while events wait; `drain` clears it."""
    def drain(self) -> list[Event]:
        """All waiting events, oldest first.

        `("connected", transport)` once ICE and DTLS stand and packets can flow;
        `("failed", transport, reason)` at most once per transport, which then carries nothing and waits for
        `close_transport`;
        `("levels", router, [(producer, 0..1)])` loudest first, at most every 200 ms and only when changed, an
        empty list when nobody speaks; `("barrier", token)`;
        `("data", publisher, reliable, payload)` for each message in `_reliable` or `_lossy`, of 65,535 bytes
        at most;
        `("worker_failed", worker)` when a media thread has ended by itself: nothing of its routers flows, and
        no barrier comes any more. `barrier` and `stats` raise `RuntimeError` from then on.
        """
    def close(self) -> None:
        """Ends all media threads and closes the sockets. Idempotent."""

    def take_stream(self, descriptor: int) -> None:
        """Media over TCP, from a client without UDP. The descriptor stays the caller's and may be closed.

        512 at once. One whose first packet is not for a session of this engine is closed.
        """

    def open_router(self) -> int: ...
    def close_router(self, router: int) -> None:
        """Closes its transports, producers and consumers too."""
    def open_publisher(self, router: int) -> int:
        """A transport on which the client offers and sends. Open at once, no round trip."""
    def open_subscriber(self, router: int) -> int:
        """A transport on which we offer and the client receives."""
    def close_transport(self, transport: int) -> None:
        """Closes its producers, their consumers, and its own consumers too."""

    def read_offer(self, transport: int, sdp: str) -> list[OfferedTrack]:
        """Reads the client's offer and keeps it for `produce` and `answer`. `ValueError` on bad SDP."""
    def produce(self, transport: int, mid: str) -> int:
        """A producer for a section of the last offer; the same one while that `mid` has an open one.

        `ValueError` when the section is not sending or has no codec that we forward.
        """
    def answer(self, transport: int, without_dtx: list[str]) -> str:
        """Takes over the remote side and answers every section; those without a producer are inactive.

        `without_dtx`: mids whose sound is to be sent in silence too; all others are asked for DTX (RFC 7587).
        """
    def pause_producer(self, producer: int, paused: bool) -> None:
        """The packets of a paused producer reach nobody."""
    def close_producer(self, producer: int) -> None:
        """Closes its consumers too; their sections are inactive in the next offer."""
    def request_key_frame(self, producer: int) -> None: ...
    def consume(self, transport: int, producer: int, stream: str, track: str) -> int:
        """A consumer in a free section of its kind, else in a new one.

        A section in which the client was last offered the same stream is not free until it has answered an
        offer that shows it inactive.

        `a=msid:<stream> <track>`, cname `<stream>` up to "|".
        Packets flow once the answer to an offer that holds it has been accepted.
        """
    def consumer_mid(self, consumer: int) -> str:
        """`a=mid` of its section, in every offer that holds it."""
    def pause_consumer(self, consumer: int, paused: bool) -> None: ...
    def close_consumer(self, consumer: int) -> None: ...
    def offer(self, transport: int) -> str:
        """The subscriber's sections as they stand. One at a time: the next after `accept_answer`."""
    def accept_answer(self, transport: int, sdp: str) -> None:
        """`ValueError` on bad SDP."""

    def send_data(self, router: int, transports: list[int], reliable: bool, payload: bytes) -> None:
        """One message to each of these subscribers of one router; who is gone or too slow gets none."""
    def barrier(self, token: int) -> None:
        """`("barrier", token)` comes when all earlier commands are in force."""
    def stats(self) -> Stats: ...
