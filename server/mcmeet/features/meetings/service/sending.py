"""What a seat sends: whoever takes it over is heard and seen no more than before."""

from __future__ import annotations

from typing import Final

from mcmeet.core.services import Core
from mcmeet.live.seats import Occupant
from mcmeet.live.store import Run
from mcmeet.media.port import MediaEngine, RoomNotOpen, Source

OWN_DEVICES: Final = (Source.MICROPHONE, Source.CAMERA)


async def sending_of(core: Core, run: Run, occupant: Occupant) -> list[str] | None:
    """Of microphone and camera what is on; None while the seat has no media connection to tell by."""
    engine: MediaEngine = core.the(MediaEngine)
    try:
        seats = await engine.list(run.media_room)
    except RoomNotOpen:
        return None
    mine = next((seat for seat in seats if seat.seat == occupant.media and seat.connected), None)
    if mine is None:
        return None
    on_air = {track.source for track in mine.tracks if not track.muted}
    return [source.value for source in OWN_DEVICES if source in on_air]
