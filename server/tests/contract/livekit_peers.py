"""Two of PyPI's `livekit` in one room: one publishes, the other receives. Prints what arrived as JSON.

A program of its own because it has to run inside the network namespace: the Rust SDK needs an address that
is not loopback, and a default route.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import numpy as np
from livekit import rtc

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 360, 20
SAMPLE_RATE, SAMPLES = 48_000, 480
TONE_HZ, AMPLITUDE = 440, 8_000
ENOUGH_FRAMES, LOUD = 30, 2_000
FULL_SCALE = 32_768
PATIENCE = 20.0


class Received:
    """What one room got: frames, their size, the loudest sample, and energy as browsers' totalAudioEnergy."""

    def __init__(self, room: rtc.Room) -> None:
        self.frames = 0
        self.size = (0, 0)
        self.peak = 0
        self.energy = 0.0
        self.enough = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        room.on("track_subscribed", self._start)

    def _start(self, track: Any, publication: Any, participant: Any) -> None:
        is_video = track.kind == rtc.TrackKind.KIND_VIDEO
        self._tasks.add(asyncio.create_task(self._watch(track) if is_video else self._listen(track)))

    async def _watch(self, track: Any) -> None:
        async for event in rtc.VideoStream(track):
            self.frames += 1
            self.size = (event.frame.width, event.frame.height)
            self._check()

    async def _listen(self, track: Any) -> None:
        async for event in rtc.AudioStream(track):
            frame = event.frame
            samples = np.frombuffer(frame.data, dtype=np.int16)
            loudest = int(np.abs(samples.astype(np.int32)).max())
            self.peak = max(self.peak, loudest)
            self.energy += (loudest / FULL_SCALE) ** 2 * frame.samples_per_channel / frame.sample_rate
            self._check()

    def _check(self) -> None:
        if self.frames >= ENOUGH_FRAMES and self.peak >= LOUD:
            self.enough.set()


async def show(source: rtc.VideoSource) -> None:
    """A white bar that moves over black."""
    step = 0
    while True:
        picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        picture[:, step % WIDTH : step % WIDTH + 40] = 255
        source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture.tobytes()))
        step += 8
        await asyncio.sleep(1 / FRAMES_PER_SECOND)


async def sound(source: rtc.AudioSource) -> None:
    at = 0
    while True:
        phase = (np.arange(SAMPLES) + at) * 2 * np.pi * TONE_HZ / SAMPLE_RATE
        samples = (AMPLITUDE * np.sin(phase)).astype(np.int16)
        await source.capture_frame(rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, SAMPLES))
        at += SAMPLES


async def publish(room: rtc.Room, *, simulcast: bool) -> list[asyncio.Task[None]]:
    picture, voice = rtc.VideoSource(WIDTH, HEIGHT), rtc.AudioSource(SAMPLE_RATE, 1)
    camera = rtc.TrackPublishOptions(
        source=rtc.TrackSource.SOURCE_CAMERA, simulcast=simulcast, video_codec=rtc.VideoCodec.VP8
    )
    microphone = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    local = room.local_participant
    await local.publish_track(rtc.LocalVideoTrack.create_video_track("camera", picture), camera)
    await local.publish_track(rtc.LocalAudioTrack.create_audio_track("microphone", voice), microphone)
    return [asyncio.create_task(show(picture)), asyncio.create_task(sound(voice))]


async def main(url: str, publisher_token: str, subscriber_token: str, simulcast: bool) -> None:
    publisher, subscriber = rtc.Room(), rtc.Room()
    received = Received(subscriber)
    await publisher.connect(url, publisher_token)
    tasks = await publish(publisher, simulcast=simulcast)
    await subscriber.connect(url, subscriber_token)
    try:
        await asyncio.wait_for(received.enough.wait(), PATIENCE)
    finally:
        print(
            json.dumps({"frames": received.frames, "size": received.size, "peak": received.peak}), flush=True
        )
    for task in tasks:
        task.cancel()
    await publisher.disconnect()
    await subscriber.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] == "simulcast"))
