/** The tracks of the others, by track id; what they show and say follows from it. */

import type { Sound } from './sound';
import type { RemoteVideos, VideoSource } from './view';

export type RemoteSource = VideoSource | 'microphone' | 'screen_share_audio';

export interface RemoteTrack {
  id: string;
  identity: string;
  source: RemoteSource;
  track: MediaStreamTrack;
  receiver: RTCRtpReceiver;
  muted: boolean;
  /** Whether the engine sends it. */
  setEnabled(isEnabled: boolean): void;
}

export class RemoteTracks {
  private readonly tracks = new Map<string, RemoteTrack>();

  constructor(
    private readonly sound: Sound,
    private readonly changed: (videos: RemoteVideos) => void,
  ) {}

  get all(): readonly RemoteTrack[] {
    return [...this.tracks.values()];
  }

  get cameras(): readonly RemoteTrack[] {
    return this.all.filter(({ source }) => source === 'camera');
  }

  add(added: RemoteTrack): void {
    // The engine reuses a section of the SDP for the next track: the old holder no longer sends on it.
    for (const { id, track } of this.all) if (track === added.track && id !== added.id) this.drop(id);
    this.tracks.set(added.id, added);
    if (added.track.kind === 'audio') this.sound.play(added.id, added.track);
    else this.publish();
  }

  setMuted(id: string, muted: boolean): void {
    const known = this.tracks.get(id);
    if (known === undefined || known.muted === muted) return;
    this.tracks.set(id, { ...known, muted });
    this.publish();
  }

  remove(id: string): void {
    if (!this.tracks.has(id)) return;
    this.drop(id);
    this.publish();
  }

  removeAllOf(identity: string): void {
    for (const { id, identity: holder } of this.all) if (holder === identity) this.drop(id);
    this.publish();
  }

  clear(): void {
    for (const { id } of this.all) this.drop(id);
    this.publish();
  }

  private drop(id: string): void {
    this.sound.stop(id);
    this.tracks.delete(id);
  }

  private publish(): void {
    const videos = new Map<string, Partial<Record<VideoSource, MediaStreamTrack>>>();
    for (const { identity, source, track, muted } of this.tracks.values()) {
      if (muted || (source !== 'camera' && source !== 'screen_share')) continue;
      videos.set(identity, { ...videos.get(identity), [source]: track });
    }
    this.changed(videos);
  }
}
