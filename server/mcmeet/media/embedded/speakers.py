"""Who speaks: the engine's levels as the two messages made of them."""

from __future__ import annotations

from livekit.protocol import models, rtc


class Speakers:
    """Keys are participant sids. The engine decides who speaks; here is only what changed."""

    def __init__(self) -> None:
        self._levels: dict[str, float] = {}

    def change(self, levels: dict[str, float]) -> rtc.SignalResponse | None:
        """Clients keep the last state of each speaker, so only differences are sent; None without any."""
        changed = [
            models.SpeakerInfo(sid=sid, level=level, active=True)
            for sid, level in levels.items()
            if self._levels.get(sid) != level
        ]
        changed += [
            models.SpeakerInfo(sid=sid, level=0, active=False) for sid in self._levels if sid not in levels
        ]
        self._levels = levels
        if not changed:
            return None
        return rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=changed))

    def forget(self, sid: str) -> None:
        self._levels.pop(sid, None)
