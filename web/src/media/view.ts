/** What the page sees of the media: plain tracks by media identity, no SDK types. */

import type { CaptureFailure, CaptureKind } from './capture';

export type VideoSource = 'camera' | 'screen_share';
export type SourceState = 'off' | 'starting' | 'on';
export type Connection = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'lost';

/** Pictures that arrive; a muted camera has none. */
export type RemoteVideos = ReadonlyMap<string, Readonly<Partial<Record<VideoSource, MediaStreamTrack>>>>;

/**
 * `unplugged`: the device is gone and the system's took its place; `gone`: there is none to take it.
 * `not_sent`: it is open, and the way to the others is what failed. `revoked`: the permission was withdrawn while the device was on.
 */
export type MediaFailure =
  | { kind: CaptureKind | 'screen_share'; why: CaptureFailure | 'not_sent' }
  | { kind: CaptureKind; why: 'unplugged' | 'gone' }
  | { kind: CaptureKind | 'both'; why: 'revoked' };

export interface MediaView {
  connection: Connection;
  /** The signalling works and no packet of media has got through for 10 s. */
  blocked: boolean;
  /** The browser wants a gesture before it plays sound. */
  soundBlocked: boolean;
  remote: RemoteVideos;
  own: {
    microphone: SourceState;
    camera: SourceState;
    screen_share: SourceState;
  };
  ownVideo: Readonly<Partial<Record<VideoSource, MediaStreamTrack>>>;
  failure: MediaFailure | null;
}

export const NO_MEDIA: MediaView = {
  connection: 'idle',
  blocked: false,
  soundBlocked: false,
  remote: new Map(),
  own: { microphone: 'off', camera: 'off', screen_share: 'off' },
  ownVideo: {},
  failure: null,
};

/** With the picture of `source` while it is on, else without. */
export function withVideo(
  videos: MediaView['ownVideo'],
  source: VideoSource,
  state: SourceState,
  track: MediaStreamTrack | undefined,
): MediaView['ownVideo'] {
  const shown = state === 'on' ? track : undefined;
  if (videos[source] === shown) return videos;
  const rest = { ...videos };
  delete rest[source];
  return shown ? { ...rest, [source]: shown } : rest;
}
