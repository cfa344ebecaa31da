"""What a client sends: its announced tracks, its transport, its offers and our answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from livekit.protocol import models, rtc

from mcmeet.media.embedded import messages
from mcmeet.media.port import MediaError, Source, TrackState

if TYPE_CHECKING:
    from mcmeet_sfu import Engine, OfferedTrack

MAX_TRACKS: Final = 16
"""Announced and flowing tracks of one participant together."""
MAX_LABEL_CHARACTERS: Final = 256
"""Of a track's cid, name and stream."""

Reason = rtc.RequestResponse.Reason


class TrackRefused(MediaError):
    def __init__(self, reason: rtc.RequestResponse.Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


@dataclass(slots=True, eq=False)
class Track:
    """`producer` and `mid` are set once an offer carries the track."""

    info: models.TrackInfo
    cid: str
    source: Source
    producer: int | None = None

    @property
    def sid(self) -> str:
        return self.info.sid

    @property
    def kind(self) -> str:
        return "video" if self.source in messages.VIDEO_SOURCES else "audio"

    def state(self) -> TrackState:
        return TrackState(self.sid, self.source, self.info.muted)


@dataclass(frozen=True, slots=True)
class Answered:
    """Outcome of an offer: our answer, the tracks it started, those that flow no more, and those that it
    carries in vain: without a codec that we forward, or replaced by a newer one of their source."""

    sdp: str
    started: list[Track]
    ended: list[Track]
    dropped: list[Track]


class Publisher:
    """`is_standalone`: peers get to read the names that the client gives its tracks and their streams, and a
    source may send several tracks. Else it sends one, the newest: each costs a ring and all receivers' way.
    """

    def __init__(self, sfu: Engine, router: int, *, is_standalone: bool) -> None:
        self._sfu = sfu
        self._is_standalone = is_standalone
        self.transport = sfu.open_publisher(router)
        self._announced: dict[str, Track] = {}
        self._flowing: dict[str, Track] = {}

    @property
    def tracks(self) -> Iterable[Track]:
        """Those that flow, in the order they were published."""
        return self._flowing.values()

    def announce(self, request: rtc.AddTrackRequest, allowed: frozenset[Source]) -> tuple[Track, list[Track]]:
        """The track, and those that waited for their offer and give way: the client may have given them up.

        Raises TrackRefused. A cid that waits for its offer already is announced once.
        """
        waiting = self._announced.get(request.cid)
        if waiting is not None:
            return waiting, []
        source = _source(request)
        if source not in allowed:
            raise TrackRefused(Reason.NOT_ALLOWED, f"you may not publish {source.value}")
        if len(self._announced) + len(self._flowing) >= MAX_TRACKS:
            raise TrackRefused(Reason.LIMIT_EXCEEDED, f"at most {MAX_TRACKS} tracks")
        replaced = self._of_sources(self._announced.values(), {source})
        for outdated in replaced:
            del self._announced[outdated.cid]
        track = Track(self._info(request, source), request.cid, source)
        self._announced[request.cid] = track
        return track, replaced

    def take_offer(self, sdp: str) -> Answered:
        """Raises ValueError on an SDP that cannot be read. Producers of ended tracks are closed."""
        sections = self._sfu.read_offer(self.transport, sdp)
        carried = self._match([section for section in sections if section.sending])
        left_out = [track for track in self.tracks if track not in carried.values()]
        for track in left_out:
            self.end(track)
        new = {mid: track for mid, track in carried.items() if track.producer is None}
        started = [track for mid, track in new.items() if self._start(track, mid)]
        unusable = [track for track in new.values() if track not in started]
        older = [track for track in self.tracks if track not in started]
        replaced = self._of_sources(older, {track.source for track in started})
        for track in replaced:
            self.end(track)
        without_dtx = [track.info.mid for track in self.tracks if track.info.disable_dtx]
        answer = self._sfu.answer(self.transport, without_dtx)
        return Answered(answer, started, left_out + replaced, unusable + replaced)

    def set_muted(self, sid: str, muted: bool) -> Track | None:
        """The track when it flows and its state changed."""
        for track in self._announced.values():
            if track.sid == sid:
                track.info.muted = muted
        flowing = self._flowing.get(sid)
        if flowing is None or flowing.info.muted == muted:
            return None
        flowing.info.muted = muted
        self._pause(flowing)
        return flowing

    def withdraw(self, allowed: frozenset[Source]) -> list[Track]:
        """Ends every track whose source is not allowed any more, and returns those that flowed."""
        self._announced = {cid: track for cid, track in self._announced.items() if track.source in allowed}
        ended = [track for track in self._flowing.values() if track.source not in allowed]
        for track in ended:
            self.end(track)
        return ended

    def end(self, track: Track) -> None:
        del self._flowing[track.sid]
        if track.producer is not None:
            self._sfu.close_producer(track.producer)

    def _info(self, request: rtc.AddTrackRequest, source: Source) -> models.TrackInfo:
        info = _track_info(request, source)
        if self._is_standalone:
            info.name, info.stream = request.name, request.stream or info.stream
        return info

    def _of_sources(self, tracks: Iterable[Track], sources: set[Source]) -> list[Track]:
        """Those that have to give way to another track of these sources."""
        return [] if self._is_standalone else [track for track in tracks if track.source in sources]

    def _match(self, sections: list[OfferedTrack]) -> dict[str, Track]:
        """Which track each sending section carries, by mid; a section without one stays inactive.

        An announced track is found by its cid in `a=msid`, a flowing one by its mid. Firefox may write
        another id into `a=msid`: such a section takes the first track of its kind that still waits.
        """
        carried: dict[str, Track] = {}
        strange: list[OfferedTrack] = []
        for section in sections:
            announced = self._announced.get(section.track)
            flowing = next((track for track in self.tracks if track.info.mid == section.mid), None)
            if announced is not None and announced.kind == section.kind:
                carried[section.mid] = self._announced.pop(announced.cid)
            elif flowing is not None:
                carried[section.mid] = flowing
            else:
                strange.append(section)
        for section in strange:
            waiting = next((track for track in self._announced.values() if track.kind == section.kind), None)
            if waiting is not None:
                carried[section.mid] = self._announced.pop(waiting.cid)
        return carried

    def _start(self, track: Track, mid: str) -> bool:
        """False when the section offers no codec that we forward."""
        try:
            track.producer = self._sfu.produce(self.transport, mid)
        except ValueError:
            return False
        track.info.mid = mid
        self._flowing[track.sid] = track
        if track.info.muted:
            self._pause(track)
        return True

    def _pause(self, track: Track) -> None:
        """A muted track reaches nobody, whatever its client sends."""
        if track.producer is None:
            return
        self._sfu.pause_producer(track.producer, track.info.muted)
        if track.kind == "video" and not track.info.muted:
            self._sfu.request_key_frame(track.producer)


def _source(request: rtc.AddTrackRequest) -> Source:
    """An unknown source counts as camera or microphone, so that no right is bypassed by leaving it out."""
    is_video = request.type == models.TrackType.VIDEO
    if request.type not in (models.TrackType.VIDEO, models.TrackType.AUDIO):
        raise TrackRefused(Reason.UNSUPPORTED_TYPE, "only audio and video tracks")
    if max(len(request.cid), len(request.name), len(request.stream)) > MAX_LABEL_CHARACTERS:
        raise TrackRefused(Reason.INVALID_REQUEST, "cid, name or stream too long")
    if not request.cid or request.sid:
        raise TrackRefused(Reason.INVALID_REQUEST, "a second codec of a track is not supported")
    source = messages.SOURCES.get(request.source, Source.CAMERA if is_video else Source.MICROPHONE)
    if (source in messages.VIDEO_SOURCES) != is_video:
        raise TrackRefused(Reason.INVALID_REQUEST, f"{source.value} is of the other kind")
    return source


def _track_info(request: rtc.AddTrackRequest, source: Source) -> models.TrackInfo:
    """One layer per track: `simulcast` stays false whatever the client offers."""
    return models.TrackInfo(
        sid=messages.new_track_sid(source),
        type=request.type,
        muted=request.muted,
        width=request.width,
        height=request.height,
        source=request.source,
        stream=_stream(source),
        mime_type=messages.VIDEO_MIME if source in messages.VIDEO_SOURCES else messages.AUDIO_MIME,
        disable_dtx=request.disable_dtx,
        disable_red=True,
        encryption=request.encryption,
    )


def _stream(source: Source) -> str:
    return "camera" if source in (Source.CAMERA, Source.MICROPHONE) else "screen"
