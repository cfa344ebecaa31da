/** One stay in a media room. The only user of the media SDK besides `publisher.ts`. */

import {
  ConnectionState,
  getLogger,
  LoggerNames,
  LogLevel,
  Room,
  RoomEvent,
  Track,
  type RemoteParticipant,
  type RemoteTrackPublication,
} from 'livekit-client';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CaptureKind } from './capture';
import type { Drawn } from './drawn';
import type { Captured } from './preview';
import { Publisher, type Report } from './publisher';
import { RemoteTracks, type RemoteSource } from './remote';
import { Sound } from './sound';
import type { StatsSummary } from './stats';
import { NO_MEDIA, type MediaView, type SourceState } from './view';

const BLOCKED_AFTER_MS = 10_000;

// The page draws what fails; the SDK's log would print the room's token. By their defaults, since the SDK's own
// `setLogLevel` writes each level into the browser's storage.
for (const name of Object.values(LoggerNames)) getLogger(name).setDefaultLevel(LogLevel.silent);

const REMOTE_SOURCE: Partial<Record<Track.Source, RemoteSource>> = {
  [Track.Source.Camera]: 'camera',
  [Track.Source.Microphone]: 'microphone',
  [Track.Source.ScreenShare]: 'screen_share',
  [Track.Source.ScreenShareAudio]: 'screen_share_audio',
};

/** What the peer connection reported before the SDK says that the track is subscribed. */
interface Arrival {
  track: MediaStreamTrack;
  participantId: string;
  trackId: string | undefined;
  receiver: RTCRtpReceiver;
}

interface SdkEngine {
  getTrackIdForReceiver(receiver: RTCRtpReceiver): string | undefined;
  on(
    event: 'mediaTrackAdded',
    handler: (track: MediaStreamTrack, stream: MediaStream, receiver: RTCRtpReceiver) => void,
  ): void;
}

/** Our engine then offers picture and sound as one stream, `PA_x|camera`, so that the browser matches lips. */
function withSyncedStreams(url: string): string {
  const address = new URL(url);
  address.searchParams.set('sync_streams', '1');
  return address.href;
}

export class RoomSession {
  readonly store: StoreApi<MediaView> = createStore<MediaView>(() => NO_MEDIA);
  private readonly sound = new Sound(() => this.store.setState({ soundBlocked: true }));
  private readonly remote = new RemoteTracks(this.sound, (remote) => this.store.setState({ remote }));
  private room: Room | null = null;
  private publisher: Publisher | null = null;
  private waiting: Arrival[] = [];
  /** The screen that was shared when the room was lost: captured still, and sent again in the next one. */
  private share: readonly MediaStreamTrack[] = [];
  private blockedTimer: ReturnType<typeof setTimeout> | undefined;

  /** `lost` is called when the room is gone for good and a new assignment is needed. */
  constructor(
    private readonly lost: () => void,
    private readonly drawn: Drawn,
  ) {
    drawn.follow(() => this.remote.cameras);
  }

  /** Joins and sends what is already open. Never rejects: `store.connection` tells. */
  async connect(url: string, token: string, captured: Partial<Captured> = {}): Promise<void> {
    const { share } = this;
    this.share = [];
    const isReturn = this.store.getState().connection === 'lost';
    this.reset();
    const { camera = '', microphone = '', speaker = '' } = captured.devices ?? {};
    const room = this.newRoom();
    const publisher = this.newPublisher(room, { camera, microphone });
    this.store.setState({ connection: isReturn ? 'reconnecting' : 'connecting' });
    if (speaker) void this.sound.useSpeaker(speaker);
    for (const kind of captured.replaced ?? []) publisher.replaced(kind);
    if (share.length > 0) void publisher.resumeShare(share);
    for (const kind of ['microphone', 'camera'] as const) {
      const track = captured[kind];
      // Queued by the SDK until its signalling is up, so that the offer goes out with the first answer.
      if (track) publisher.publish(kind, track).catch((error: unknown) => publisher.gaveUp(kind, error));
    }
    try {
      await room.connect(withSyncedStreams(url), token, { autoSubscribe: true });
    } catch {
      if (room === this.room) this.fail();
    }
  }

  turnOn(kind: CaptureKind): Promise<void> | undefined {
    return this.publisher?.turnOn(kind);
  }

  turnOff(kind: CaptureKind): Promise<void> | undefined {
    return this.publisher?.turnOff(kind);
  }

  pickDevice(kind: CaptureKind, device: string): Promise<void> | undefined {
    return this.publisher?.pickDevice(kind, device);
  }

  pickSpeaker(device: string): Promise<void> {
    return this.sound.useSpeaker(device);
  }

  shareScreen(): Promise<void> | undefined {
    return this.publisher?.shareScreen();
  }

  withdraw(source: CaptureKind | 'screen_share'): Promise<void> | undefined {
    if (source === 'screen_share') this.dropShare();
    return this.publisher?.withdraw(source);
  }

  /** Call it from a click. */
  async unlockSound(): Promise<void> {
    this.store.setState({ soundBlocked: false });
    await this.sound.unlock();
  }

  async stats(): Promise<StatsSummary> {
    // For tests and support: nobody else waits for its code.
    const { inboundSummary, outboundSummary } = await import('./stats');
    const inbound = await Promise.all(this.remote.all.map(inboundSummary));
    const senders = this.publisher?.senders ?? [];
    const outbound = await Promise.all(senders.map(({ source, sender }) => outboundSummary(source, sender)));
    return { inbound: inbound.flat(), outbound: outbound.flat() };
  }

  leave(): void {
    this.dropShare();
    this.reset();
    this.store.setState(NO_MEDIA, true);
  }

  /** Leaves the share that waits for the next room as it is. */
  private reset(): void {
    clearTimeout(this.blockedTimer);
    globalThis.removeEventListener?.('pagehide', this.hidden);
    const room = this.room;
    this.room = null;
    this.publisher?.stopAll();
    this.publisher = null;
    this.waiting = [];
    this.remote.clear();
    const { soundBlocked, blocked } = this.store.getState();
    this.store.setState({ ...NO_MEDIA, soundBlocked, blocked });
    void room?.disconnect();
  }

  /** Says goodbye, so that nobody looks at a picture that stands still; a page that is shown again returns. */
  private readonly hidden = (): void => void this.room?.disconnect();

  private newRoom(): Room {
    const room = new Room({
      // v0 (two peer connections): asking for v1 first costs a refused round trip.
      singlePeerConnection: false,
      adaptiveStream: false,
      dynacast: false,
      // The SDK leaves at `beforeunload` already: a download or a load that is stopped would end the media.
      disconnectOnPageLeave: false,
    });
    this.room = room;
    globalThis.addEventListener?.('pagehide', this.hidden);
    // The SDK holds `trackSubscribed` back until connect() resolves; the engine's own event comes sooner.
    const engine = (room as unknown as { engine: SdkEngine }).engine;
    engine.on('mediaTrackAdded', (track, { id }, receiver) => {
      if (room !== this.room) return;
      const [participantId = '', name = ''] = id.split('|');
      const trackId = name.startsWith('TR') ? name : engine.getTrackIdForReceiver(receiver);
      this.waiting.push({ track, participantId, trackId, receiver });
      this.settleArrivals();
    });
    this.listen(room);
    return room;
  }

  private newPublisher(room: Room, devices: Record<CaptureKind, string>): Publisher {
    const report: Report = (change) => room === this.room && this.store.setState(change);
    this.publisher = new Publisher(room, report, devices);
    return this.publisher;
  }

  private listen(room: Room): void {
    // A room that was left goes on for a moment: what it says is not of the one that we are in.
    const isHere = (): boolean => room === this.room;
    const settle = (): void => void (isHere() && this.settleArrivals());
    const removed = ({ trackSid }: { trackSid: string }): void =>
      void (isHere() && this.remote.remove(trackSid));
    const muted = ({ trackSid }: { trackSid: string }, isMuted: boolean): void =>
      void (isHere() && this.remote.setMuted(trackSid, isMuted));
    room
      .on(RoomEvent.SignalConnected, () => isHere() && this.expectMedia())
      .on(RoomEvent.ParticipantConnected, settle)
      .on(RoomEvent.TrackPublished, settle)
      .on(RoomEvent.TrackUnsubscribed, (_, publication) => removed(publication))
      .on(RoomEvent.TrackUnpublished, removed)
      .on(RoomEvent.ParticipantDisconnected, ({ identity }) => isHere() && this.remote.removeAllOf(identity))
      .on(RoomEvent.TrackMuted, (publication) => muted(publication, true))
      .on(RoomEvent.TrackUnmuted, (publication) => muted(publication, false))
      .on(RoomEvent.ConnectionStateChanged, (state) => isHere() && this.follow(state))
      // By the engine or by the SDK itself, which leaves a page that the browser freezes; we forget a room first.
      .on(RoomEvent.Disconnected, () => isHere() && this.fail());
  }

  /** Finds out whose track it is; the roster of the SDK may come after the track. */
  private settleArrivals(): void {
    this.waiting = this.waiting.filter((arrival) => {
      const { participantId, trackId = '' } = arrival;
      const participants: RemoteParticipant[] = [...(this.room?.remoteParticipants.values() ?? [])];
      const participant = participants.find(({ sid }) => sid === participantId);
      const publication = participant?.trackPublications.get(trackId);
      if (participant === undefined || publication === undefined) return true;
      this.arrived(arrival, participant.identity, publication as RemoteTrackPublication);
      return false;
    });
  }

  private arrived({ track, receiver }: Arrival, identity: string, publication: RemoteTrackPublication): void {
    const source = REMOTE_SOURCE[publication.source];
    if (source === undefined) return;
    performance.mark(`mcmeet:track:${source}`);
    this.remote.add({
      id: publication.trackSid,
      identity,
      source,
      track,
      receiver,
      muted: publication.isMuted,
      setEnabled: (isEnabled) => {
        if (publication.isEnabled !== isEnabled) publication.setEnabled(isEnabled);
      },
    });
    this.drawn.settle();
  }

  private follow(state: ConnectionState): void {
    if (state === ConnectionState.Connected) {
      clearTimeout(this.blockedTimer);
      performance.mark('mcmeet:media-connected');
      this.store.setState({ connection: 'connected', blocked: false });
      this.settleArrivals();
    }
    if (state === ConnectionState.Reconnecting || state === ConnectionState.SignalReconnecting) {
      this.store.setState({ connection: 'reconnecting' });
    }
  }

  /** Not before the signalling works: a server that is away is no port that is blocked. */
  private expectMedia(): void {
    clearTimeout(this.blockedTimer);
    this.blockedTimer = setTimeout(() => this.store.setState({ blocked: true }), BLOCKED_AFTER_MS);
  }

  private fail(): void {
    this.share = this.publisher?.handOverShare() ?? this.share;
    this.reset();
    this.store.setState({ connection: 'lost' });
    if (this.share.length > 0) this.putShare('on');
    // The browser has a button of its own that ends it.
    for (const track of this.share) track.onended = () => this.dropShare();
    this.lost();
  }

  private dropShare(): void {
    if (this.share.length === 0) return;
    for (const track of this.share) track.stop();
    this.share = [];
    this.putShare('off');
  }

  /** Until there is a room again, the person sees that the screen is captured, and can end that. */
  private putShare(screen_share: SourceState): void {
    this.store.setState(({ own }) => ({ own: { ...own, screen_share } }));
  }
}
