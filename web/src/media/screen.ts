/** A shared screen, and the sound that is captured with it. */

import {
  LocalAudioTrack,
  LocalVideoTrack,
  Track,
  type LocalTrack,
  type Room,
  type TrackPublishOptions,
} from 'livekit-client';

const OPTIONS: TrackPublishOptions = {
  simulcast: false,
  videoCodec: 'vp8',
  backupCodec: false,
  red: false,
  dtx: false,
  screenShareEncoding: { maxBitrate: 3_000_000, maxFramerate: 15 },
};
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** What is captured of a screen, in two copies: the SDK stops its own before it says that the room is gone. */
export class SharedScreen {
  private isOver = false;
  private sent: readonly MediaStreamTrack[] = [];
  private spare: readonly MediaStreamTrack[] = [];

  constructor(private readonly room: Room) {}

  async publish(tracks: readonly LocalTrack[]): Promise<void> {
    this.sent = tracks.map(({ mediaStreamTrack }) => mediaStreamTrack);
    if (this.isOver) return this.close();
    this.spare = this.sent.map((track) => track.clone());
    await Promise.all(tracks.map((track) => this.room.localParticipant.publishTrack(track, OPTIONS)));
  }

  /** Whoever left while the browser's chooser was open shares nothing. */
  end(): void {
    this.isOver = true;
    this.close();
  }

  close(): void {
    for (const track of [...this.sent, ...this.spare]) track.stop();
    this.sent = this.spare = [];
  }

  /** The copies that are not sent, while there is a picture to see; the caller owns and stops them. */
  handOver(): readonly MediaStreamTrack[] {
    const live = this.spare.filter(({ readyState }) => readyState === 'live');
    if (!live.some(({ kind }) => kind === 'video')) return [];
    this.spare = [];
    return live;
  }
}

export function captureScreen(room: Room): Promise<LocalTrack[]> {
  return room.localParticipant.createScreenTracks({
    audio: SOUND,
    contentHint: 'detail',
    selfBrowserSurface: 'exclude',
    systemAudio: 'include',
  });
}

/** A picture or sound of a screen that is captured already, as `captureScreen` gives it. */
export function screenTrack(track: MediaStreamTrack): LocalTrack {
  if (track.kind === 'audio') {
    const sound = new LocalAudioTrack(track, undefined, false);
    sound.source = Track.Source.ScreenShareAudio;
    return sound;
  }
  track.contentHint = 'detail';
  const picture = new LocalVideoTrack(track, undefined, false);
  picture.source = Track.Source.ScreenShare;
  return picture;
}

/**
 * Closing the browser's chooser is a decision and no failure. Screen Capture §5.1 gives the system's refusal the
 * same name; what Chromium says of that one is "Permission denied by system".
 */
export function isDeclined({ name, message }: DOMException): boolean {
  return name === 'NotAllowedError' && !/\bsystem\b/i.test(message);
}

/** The browser has no way to share a screen. */
export function isUnsupported(error: unknown): boolean {
  return (error as Error).name === 'DeviceUnsupportedError';
}
