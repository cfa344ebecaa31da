/** Our own microphone, camera and screen on the way to the engine. */

import {
  LocalAudioTrack,
  LocalVideoTrack,
  RoomEvent,
  Track,
  TrackEvent,
  type LocalTrack,
  type LocalTrackPublication,
  type Room,
  type TrackPublishOptions,
} from 'livekit-client';
import { capture, constraintsFor, failureOf, isGone, type CaptureKind } from './capture';
import { refreshDevices } from './devices';
import { isListed, whenAllowed, whyLost } from './lost-device';
import { captureScreen, isDeclined, isUnsupported, SharedScreen, screenTrack } from './screen';
import { withVideo, type MediaFailure, type MediaView, type SourceState } from './view';

export type OwnSource = CaptureKind | 'screen_share';

// One layer a track: the engine forwards the highest alone, and without a cap the SDK sends no start hint.
const CAMERA_OPTIONS: TrackPublishOptions = {
  source: Track.Source.Camera,
  simulcast: false,
  videoCodec: 'vp8',
  backupCodec: false,
  videoEncoding: { maxBitrate: 2_500_000, maxFramerate: 30 },
};
const MICROPHONE_OPTIONS: TrackPublishOptions = { source: Track.Source.Microphone, red: false, dtx: true };

const SDK_SOURCE: Record<OwnSource, Track.Source> = {
  microphone: Track.Source.Microphone,
  camera: Track.Source.Camera,
  screen_share: Track.Source.ScreenShare,
};

const UNPLUGGED_SHOWN_MS = 15_000;

const CAPTURED = ['microphone', 'camera'] as const;
const OWN_SOURCES = ['microphone', 'camera', 'screen_share'] as const;

/** Takes a change of what the page sees. */
export type Report = (change: Partial<MediaView> | ((view: MediaView) => Partial<MediaView>)) => unknown;

export class Publisher {
  /** What was asked for last: a prompt or a connection that is slower than the next click obeys it. */
  private readonly wanted: Record<CaptureKind, boolean> = { microphone: false, camera: false };
  private readonly switching: Partial<Record<OwnSource, Promise<void>>> = {};
  private readonly publishing: Partial<Record<CaptureKind, Promise<unknown>>> = {};
  /** Every device track of ours: the SDK does not name those that still wait for its connection. */
  private readonly opened = new Map<MediaStreamTrack, CaptureKind>();
  private readonly screen: SharedScreen;
  /** Names of devices that ended by themselves, until the SDK has opened another or given up. */
  private readonly ended = new Map<CaptureKind, string>();
  private isOver = false;

  constructor(
    private readonly room: Room,
    private readonly report: Report,
    private readonly devices: Record<CaptureKind, string>,
  ) {
    this.screen = new SharedScreen(room);
    room.on(RoomEvent.LocalTrackUnpublished, (publication) => this.gone(publication));
    // The SDK publishes anew by itself after it had to start its connection over.
    room.on(RoomEvent.LocalTrackPublished, ({ source }) => this.refreshAll(source));
    room.on(RoomEvent.TrackMuted, (changed, { isLocal }) => isLocal && this.muted(changed.source));
    room.on(RoomEvent.TrackUnmuted, (changed, { isLocal }) => isLocal && this.refreshAll(changed.source));
  }

  /** Sends a track that is already open; it may be called before connect(). */
  async publish(kind: CaptureKind, track: MediaStreamTrack): Promise<void> {
    this.wanted[kind] = true;
    this.opened.set(track, kind);
    this.put(kind, 'on', track);
    // What the SDK opens when it needs the device again.
    const constraints = constraintsFor(kind, this.devices[kind] || undefined);
    // Not "user provided": the SDK then frees the camera while it is off, and its light goes out.
    const local =
      kind === 'camera'
        ? new LocalVideoTrack(track, constraints, false)
        : new LocalAudioTrack(track, constraints, false);
    // The SDK opens another device in place of one that was unplugged, unless the constraints forbid it.
    local.on(TrackEvent.Ended, () => {
      if (local.constraints.deviceId) local.constraints.deviceId = { ideal: this.devices[kind] };
      this.ended.set(kind, local.mediaStreamTrack.label);
    });
    local.on(TrackEvent.Restarted, () => void this.restarted(kind, local));
    const options = kind === 'camera' ? CAMERA_OPTIONS : MICROPHONE_OPTIONS;
    const published = this.room.localParticipant.publishTrack(local, options);
    this.publishing[kind] = published.catch(() => undefined);
    await published;
  }

  async turnOn(kind: CaptureKind): Promise<void> {
    this.wanted[kind] = true;
    this.report({ failure: null });
    this.put(kind, 'starting');
    await this.follow(kind);
  }

  /** Changes the device while it is on; one that is off is opened there next time. */
  async pickDevice(kind: CaptureKind, device: string): Promise<void> {
    this.devices[kind] = device;
    this.report({ failure: null });
    // An opening that is under way looks by itself; the SDK's own, after a pause, does not.
    await this.switching[kind];
    await this.publishing[kind];
    const picked = this.devices[kind];
    const track = this.publication(kind)?.track;
    if (track !== undefined && deviceOf(track.constraints) !== picked) await this.moveToPicked(kind);
  }

  private async moveToPicked(kind: CaptureKind): Promise<void> {
    try {
      await this.orSystems(kind, async () => {
        const device = this.devices[kind];
        await this.publication(kind)?.track?.setDeviceId(device ? { exact: device } : '');
      });
    } catch (error) {
      await this.gaveUp(kind, error);
    }
  }

  /** Once more with the system's device where the picked one is gone. */
  private async orSystems(kind: CaptureKind, open: () => Promise<unknown>): Promise<void> {
    try {
      await open();
    } catch (error) {
      if (!isGone(this.devices[kind], error)) throw error;
      this.replaced(kind);
      await open();
    }
  }

  /** The picked device is gone: what is opened from now on is the system's. It is news, and nobody has to mend it. */
  replaced(kind: CaptureKind): void {
    this.devices[kind] = '';
    const failure = { kind, why: 'unplugged' } as const;
    this.report({ failure });
    setTimeout(
      () => this.report((view) => (view.failure === failure ? { failure: null } : {})),
      UNPLUGGED_SHOWN_MS,
    );
  }

  async turnOff(kind: CaptureKind): Promise<void> {
    this.wanted[kind] = false;
    this.put(kind, 'off');
    // The SDK keeps a track until it is connected: its device does not wait for that.
    if (this.publication(kind) === undefined) this.close(kind);
    await this.follow(kind);
  }

  async shareScreen(): Promise<void> {
    this.report({ failure: null });
    this.put('screen_share', 'starting');
    try {
      await this.screen.publish(await captureScreen(this.room));
      this.refresh('screen_share');
    } catch (error) {
      if (isDeclined(error as DOMException)) await this.withdraw('screen_share');
      else await this.gaveUp('screen_share', error);
    }
  }

  /** Goes on with a share of the room before, which is still captured. */
  async resumeShare(captured: readonly MediaStreamTrack[]): Promise<void> {
    this.put(
      'screen_share',
      'on',
      captured.find(({ kind }) => kind === 'video'),
    );
    try {
      await this.screen.publish(captured.map(screenTrack));
      this.refresh('screen_share');
    } catch (error) {
      await this.gaveUp('screen_share', error);
    }
  }

  /** Gives away what is captured of a screen, for the next room; the caller owns and stops it. */
  handOverShare(): readonly MediaStreamTrack[] {
    return this.screen.handOver();
  }

  /** What could not be sent is off, and the person is told. */
  async gaveUp(source: OwnSource, error: unknown): Promise<void> {
    await this.withdraw(source);
    this.failed(source, error);
  }

  /** Stops the source and gives its device back. */
  async withdraw(source: OwnSource): Promise<void> {
    if (source !== 'screen_share') this.wanted[source] = false;
    this.close(source);
    this.put(source, 'off');
    if (source !== 'screen_share') await this.publishing[source];
    await this.unpublish(
      ...(source === 'screen_share'
        ? [Track.Source.ScreenShare, Track.Source.ScreenShareAudio]
        : [SDK_SOURCE[source]]),
    );
  }

  /** Closes every device, and those that somebody is still being asked for. */
  stopAll(): void {
    this.isOver = true;
    this.screen.end();
    this.wanted.microphone = this.wanted.camera = false;
    for (const source of OWN_SOURCES) this.close(source);
    for (const publication of this.room.localParticipant.trackPublications.values()) {
      publication.track?.mediaStreamTrack.stop();
    }
  }

  get senders(): ReadonlyArray<{ source: string; sender: RTCRtpSender }> {
    return [...this.room.localParticipant.trackPublications.values()].flatMap(({ source, track }) => {
      const sender = (track as LocalTrack | undefined)?.sender;
      return sender ? [{ source, sender }] : [];
    });
  }

  /** Brings a device to what is wanted, one step at a time. */
  private follow(kind: CaptureKind): Promise<void> {
    this.switching[kind] ??= this.settle(kind).finally(() => delete this.switching[kind]);
    return this.switching[kind];
  }

  private async settle(kind: CaptureKind): Promise<void> {
    let isOn: boolean;
    do {
      await this.publishing[kind];
      // Somebody was quicker than the connection: the device has been closed, and its track is of no use.
      if (this.isDead(kind)) await this.unpublish(SDK_SOURCE[kind]);
      isOn = this.wanted[kind];
      if (isOn) await this.open(kind);
      else await this.publication(kind)?.track?.mute();
    } while (this.wanted[kind] !== isOn);
    this.refresh(kind);
  }

  private isDead(kind: CaptureKind): boolean {
    const publication = this.publication(kind);
    // The SDK itself ends the track of a camera that is off, and opens it again.
    return publication?.track?.mediaStreamTrack.readyState === 'ended' && !publication.isMuted;
  }

  private async unpublish(...sources: Track.Source[]): Promise<void> {
    const { localParticipant } = this.room;
    const tracks = sources.flatMap((source) => localParticipant.getTrackPublication(source)?.track ?? []);
    await Promise.all(tracks.map((track) => localParticipant.unpublishTrack(track as LocalTrack, true)));
  }

  private async open(kind: CaptureKind): Promise<void> {
    try {
      const published = this.publication(kind)?.track;
      if (published) await this.reopen(kind, published);
      else await this.openDevice(kind);
    } catch (error) {
      if (!this.wanted[kind]) return;
      this.wanted[kind] = false;
      this.close(kind);
      this.failed(kind, error);
    }
  }

  /** After a pause: the SDK opens what its constraints name. */
  private reopen(kind: CaptureKind, local: LocalTrack): Promise<void> {
    return this.orSystems(kind, () => {
      if (!this.devices[kind]) delete local.constraints.deviceId;
      return local.unmute();
    });
  }

  private async openDevice(kind: CaptureKind): Promise<void> {
    const device = this.devices[kind];
    let isReplaced = false;
    const isOther = () => this.wanted[kind] && this.devices[kind] !== device;
    let track: MediaStreamTrack;
    try {
      track = await capture(kind, device, () => (isReplaced = true));
    } catch (error) {
      if (isOther()) return this.openDevice(kind);
      throw error;
    }
    void refreshDevices();
    if (this.wanted[kind] && !isOther()) {
      if (isReplaced) this.replaced(kind);
      return this.publish(kind, track);
    }
    track.stop();
    if (isOther()) await this.openDevice(kind);
  }

  /** After a pause, a change of device, or because the one before had ended. */
  private async restarted(kind: CaptureKind, local: LocalAudioTrack | LocalVideoTrack): Promise<void> {
    this.refresh(kind);
    const former = this.ended.get(kind);
    if (former === undefined) return;
    this.ended.delete(kind);
    if (await isListed(kind, former)) {
      // It ended with the other one: Chromium ends both when it takes back one of two given at once.
      const picked = this.devices[kind];
      const isThere = local.mediaStreamTrack.getSettings().deviceId === picked;
      if (picked && !isThere) await this.moveToPicked(kind);
      return;
    }
    delete local.constraints.deviceId;
    this.replaced(kind);
  }

  private muted(source: Track.Source): void {
    this.refreshAll(source);
    const kind = CAPTURED.find((own) => SDK_SOURCE[own] === source);
    // The SDK mutes what it cannot open again; everything else is muted by whoever did not want it any more.
    if (kind && this.ended.delete(kind) && this.wanted[kind]) void this.tellLoss(kind);
  }

  private async tellLoss(kind: CaptureKind): Promise<void> {
    this.wanted[kind] = false;
    const why = await whyLost(kind);
    if (this.wanted[kind]) return;
    this.report(({ failure: other }) => ({
      failure: why === 'revoked' && isRevoked(other, otherThan(kind)) ? { kind: 'both', why } : { kind, why },
    }));
    if (why === 'revoked') void whenAllowed(kind, () => this.allowedAgain(kind));
  }

  private allowedAgain(kind: CaptureKind): void {
    this.report(({ failure }) => {
      if (isRevoked(failure, kind) || (failure?.kind === kind && failure.why === 'denied'))
        return { failure: null };
      return isRevoked(failure, 'both') ? { failure: { kind: otherThan(kind), why: 'revoked' } } : {};
    });
  }

  private close(source: OwnSource): void {
    if (source === 'screen_share') return this.screen.close();
    for (const [track, of] of this.opened) {
      if (of !== source) continue;
      track.stop();
      this.opened.delete(track);
    }
  }

  private publication(source: OwnSource): LocalTrackPublication | undefined {
    return this.room.localParticipant.getTrackPublication(SDK_SOURCE[source]);
  }

  private gone(publication: LocalTrackPublication): void {
    const source = OWN_SOURCES.find((own) => SDK_SOURCE[own] === publication.source);
    // The SDK takes all tracks back just before it says that the room is gone, and that switches nothing off.
    if (source) queueMicrotask(() => this.put(source, 'off'));
    // The picture of a share is over: its sound goes with it. One that still runs is published anew.
    if (publication.source !== Track.Source.ScreenShare) return;
    if (publication.track?.mediaStreamTrack.readyState !== 'ended') return;
    queueMicrotask(() => void (this.isOver || this.withdraw('screen_share')));
  }

  private refreshAll(changed: Track.Source): void {
    for (const source of OWN_SOURCES) {
      const isDone = this.switching[source] === undefined;
      if (SDK_SOURCE[source] === changed && isDone) this.refresh(source);
    }
  }

  private refresh(source: OwnSource): void {
    const publication = this.publication(source);
    const isOn = publication?.track !== undefined && !publication.isMuted;
    this.put(source, isOn ? 'on' : 'off', publication?.track?.mediaStreamTrack);
  }

  private put(source: OwnSource, state: SourceState, track?: MediaStreamTrack): void {
    this.report((view) => ({
      own: { ...view.own, [source]: state },
      ownVideo: source === 'microphone' ? view.ownVideo : withVideo(view.ownVideo, source, state, track),
    }));
  }

  private failed(kind: OwnSource, error: unknown): void {
    const why = isUnsupported(error) ? 'absent' : (failureOf(error) ?? 'not_sent');
    this.report({ failure: { kind, why } });
    if (why === 'denied' && kind !== 'screen_share') void whenAllowed(kind, () => this.allowedAgain(kind));
  }
}

/** What the SDK was asked for; '' is the system's choice. */
function deviceOf({ deviceId = '' }: MediaTrackConstraints): ConstrainDOMString | undefined {
  return typeof deviceId === 'object' && 'exact' in deviceId ? deviceId.exact : deviceId;
}

function isRevoked(failure: MediaFailure | null, kind: MediaFailure['kind']): boolean {
  return failure?.why === 'revoked' && failure.kind === kind;
}

function otherThan(kind: CaptureKind): CaptureKind {
  return kind === 'camera' ? 'microphone' : 'camera';
}
