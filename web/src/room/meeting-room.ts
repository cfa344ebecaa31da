/** One stay in a meeting: its two sockets, and what follows from them. Knows nothing of React. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import { ApiError, isCode, retryAfter, UNREACHABLE } from '@/core/errors';
import type { RoomPart } from '@/core/live/part';
import type { MediaAssignment, Source, You } from '@/core/live/protocol';
import { LiveSession, type EventHandler, type LiveView } from '@/core/live/session';
import { retryAfterMs, type Credential, type Ending, type LiveStatus } from '@/core/live/socket';
import type { LiveState } from '@/core/live/state';
import {
  capture,
  Drawn,
  loadRoomSession,
  NO_MEDIA,
  type CaptureKind,
  type Captured,
  type MediaView,
  type RoomSession,
} from '@/media';
import type { DeviceKind } from './devices';
import { isSending, type Sending } from './sending';

const LEAVE_WITHIN_MS = 1_000;
const LOBBY = 'lobby';
const TOO_MANY_REQUESTS = 429;
/** A permission prompt may stand unanswered for ever: the others are seen and heard meanwhile. */
const DEVICES_WITHIN_MS = 2_000;
const MEDIA_AGAIN_MS = [300, 1_000, 2_000, 4_000] as const;

export type Farewell = Ending | 'ended_by_you';

export interface Ticket {
  ticket: string;
  socket: string;
}

export interface RoomView {
  status: LiveStatus;
  live: LiveState;
  media: MediaView;
  sending: Sending;
}

export interface Stay {
  number: string;
  /** For the invitation; unknown to those who came without it. */
  passcode: string | undefined;
  parts: readonly RoomPart[];
  /** A new ticket for the same person, when the seat's own credential is of no use any more. */
  rejoin: (() => Promise<Ticket>) | null;
  /** When this tab entered (ms since 1970); a reload goes on from there. */
  enteredAt: number;
}

export class MeetingRoom {
  /** `live` is null until the first welcome: the page draws the meeting only then. */
  readonly view: StoreApi<RoomView>;
  readonly drawnCameras = new Drawn();
  private readonly handlers = new Set<EventHandler>();
  private live: LiveSession;
  private media: RoomSession | null = null;
  private mediaTries = 0;
  /** Tries to join again since the last welcome, whether the request or its socket came to nothing. */
  private rejoinTries = 0;
  private isJoiningMedia = false;
  private isWithoutMedia = false;
  /** Where the newest assignment of media was for. */
  private space: string | null = null;
  private isOver = false;
  private hasEnded = false;

  constructor(
    readonly stay: Stay,
    socket: string,
    sending: Sending,
    /** Open already; null: what is to be sent is opened when the media room is joined. */
    private captured: Captured | null,
  ) {
    this.view = createStore<Omit<RoomView, 'live'> & { live: LiveState | null }>(() => ({
      status: { kind: 'connecting' },
      live: null,
      media: NO_MEDIA,
      sending,
    })) as StoreApi<RoomView>;
    this.live = this.listenTo(socket);
    void this.loadMedia();
  }

  enter(credential: Credential): void {
    this.live.connect(credential);
  }

  get send(): LiveSession['send'] {
    return this.live.send.bind(this.live);
  }

  /** Called for each event of the meeting, after a rejoin too. */
  onEvent(handler: EventHandler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  get tracks(): RoomSession | null {
    return this.media;
  }

  async toggle(kind: CaptureKind): Promise<void> {
    if (!this.mayPublish(kind) || this.isWithoutMedia) return;
    const view = this.view.getState();
    // Two quick presses leave a device off: whoever takes a press back must not be heard when it opens.
    const isOn = isSending(view, kind) || view.media.own[kind] === 'starting';
    this.setSending(kind, !isOn);
    if (isOn) this.giveBack(kind);
    await (isOn ? this.media?.turnOff(kind) : this.media?.turnOn(kind));
  }

  async toggleShare(): Promise<void> {
    const { screen_share: share } = this.view.getState().media.own;
    if (!this.mayPublish('screen_share') || share === 'starting') return;
    await (share === 'on' ? this.media?.withdraw('screen_share') : this.media?.shareScreen());
  }

  /** Of the system when `device` is empty. */
  async pickDevice(kind: DeviceKind, device: string): Promise<void> {
    this.setDevice(kind, device);
    await (kind === 'speaker' ? this.media?.pickSpeaker(device) : this.media?.pickDevice(kind, device));
  }

  /** The page does not wait for the server's word: it is gone at once. */
  leave(): void {
    this.live.send('live.leave', {}).catch(() => undefined);
    setTimeout(() => this.live.close('left'), LEAVE_WITHIN_MS);
    this.over('left');
  }

  /** Throws ApiError. */
  async endForAll(): Promise<void> {
    this.hasEnded = true;
    try {
      await this.live.send('meetings.end', {});
    } catch (error) {
      // The end that we asked for may come before its answer.
      if (!this.isOver) {
        this.hasEnded = false;
        throw error;
      }
    }
  }

  /** Why the stay is over, as the person lived it. */
  farewell(why: Ending): Farewell {
    return why === 'ended' && this.hasEnded ? 'ended_by_you' : why;
  }

  private listenTo(socket: string): LiveSession {
    const features = this.stay.parts.flatMap(({ live }) => live ?? []);
    const { number, enteredAt } = this.stay;
    const live = new LiveSession({ number, socket, features, enteredAt });
    live.store.subscribe((now, before) => this.liveChanged(live, now, before));
    live.onEvent((...happened) => {
      for (const handler of this.handlers) handler(...happened);
    });
    return live;
  }

  private async loadMedia(): Promise<void> {
    const Session = await loadRoomSession().catch(() => null);
    if (this.isOver) return;
    if (Session === null) return this.goWithoutMedia();
    this.media = new Session(() => this.mediaLost(), this.drawnCameras);
    this.media.store.subscribe((now, before) => this.mediaChanged(now, before));
    window.mcmeetStats = () => this.media?.stats();
    void this.connectMedia();
  }

  /** Its absence is told by core/chunks: the meeting goes on without pictures and sound until a reload. */
  private goWithoutMedia(): void {
    this.isWithoutMedia = true;
    stop(this.captured);
    this.captured = null;
    for (const kind of ['microphone', 'camera'] as const) this.setSending(kind, false);
  }

  private mediaChanged(now: MediaView, before: MediaView): void {
    this.view.setState({ media: now });
    if (now.failure?.why === 'unplugged' && now.failure !== before.failure)
      this.setDevice(now.failure.kind, '');
    if (now.connection !== 'connected') return;
    this.mediaTries = 0;
    if (before.connection !== 'connected') return;
    // A device that was unplugged or refused stays off after a lost connection too.
    for (const kind of ['microphone', 'camera'] as const) {
      if (now.own[kind] !== before.own[kind]) this.setSending(kind, now.own[kind] !== 'off');
    }
  }

  private liveChanged(live: LiveSession, now: LiveView, before: LiveView): void {
    if (live !== this.live || this.isOver) return;
    if (now.status.kind === 'over') return this.ended(now.status.why);
    if (now.status.kind === 'open') this.rejoinTries = 0;
    const known = this.rights;
    const status = this.drawn(now.status);
    this.view.setState(now.live === null ? { status } : { status, live: now.live });
    if (now.live === null) return;
    this.obeyRights(now.live.you, known);
    const isNew = now.status !== before.status || now.live.media !== before.live?.media;
    if (isNew && now.status.kind === 'open') this.followMedia(now.live.media);
  }

  /** Media follow the space: out of those of the space before, into those of this one. */
  private followMedia(assigned: MediaAssignment): void {
    const isMoved = this.space !== null && assigned.space !== this.space;
    if (isMoved || assigned.kind !== 'rtc') this.media?.leave();
    this.space = assigned.space;
    void this.connectMedia(assigned);
  }

  /** Whoever was in the meeting already is coming back to it, not entering, by whichever socket. */
  private drawn(status: LiveStatus): LiveStatus {
    if (this.rights === undefined || status.kind !== 'connecting') return status;
    const { status: before } = this.view.getState();
    return before.kind === 'lost' ? before : { kind: 'lost', since: Date.now() };
  }

  private ended(why: Ending): void {
    if (why !== 'rejoin' || this.stay.rejoin === null) return this.over(why);
    this.view.setState({ status: { kind: 'lost', since: Date.now() } });
    this.rejoinLater(this.stay.rejoin);
  }

  /** The first try is immediate. What the server asks us to wait comes on top, so that its spread is kept. */
  private rejoinLater(ask: () => Promise<Ticket>, askedMs = 0): void {
    setTimeout(() => void this.rejoin(ask), askedMs + retryAfterMs(this.rejoinTries));
    this.rejoinTries += 1;
  }

  private async rejoin(ask: () => Promise<Ticket>): Promise<void> {
    if (this.isOver) return;
    try {
      const { ticket, socket } = await ask();
      // Whoever left meanwhile does not come back: a ticket that nobody uses takes no seat.
      if (this.isOver) return;
      this.live = this.listenTo(socket);
      this.live.connect({ ticket });
    } catch (error) {
      if (isPassing(error)) this.rejoinLater(ask, (retryAfter(error) ?? 0) * 1_000);
      else this.over(isCode(error, 'seat_in_use') ? 'replaced' : 'rejoin');
    }
  }

  private over(why: Ending): void {
    if (this.isOver) return;
    this.isOver = true;
    stop(this.captured);
    this.media?.leave();
    delete window.mcmeetStats;
    this.view.setState({ status: { kind: 'over', why } });
  }

  /** Joins the media room that the server assigned, unless we are in it already. */
  private async connectMedia(
    assignment: MediaAssignment | undefined = this.view.getState().live?.media,
  ): Promise<void> {
    const { connection } = this.view.getState().media;
    if (this.media === null || this.isJoiningMedia || assignment?.kind !== 'rtc') return;
    if (connection !== 'idle' && connection !== 'lost') return;
    this.isJoiningMedia = true;
    const captured = this.captured ?? (await this.recapture());
    this.captured = null;
    this.isJoiningMedia = false;
    const { media: newest } = this.view.getState().live;
    if (this.isOver || newest.kind !== 'rtc') return stop(captured);
    performance.mark('mcmeet:media-connect');
    const allowed = this.allowed(captured);
    const { url, token } = newest.space === assignment.space ? assignment : newest;
    void this.media.connect(url, token, allowed);
    for (const kind of ['microphone', 'camera'] as const) {
      // Switched on meanwhile, or its device did not open: the second try says why.
      if (allowed[kind] === null && this.isWanted(kind)) void this.media.turnOn(kind);
    }
  }

  private allowed(captured: Captured): Captured {
    const keep = (kind: CaptureKind): MediaStreamTrack | null => {
      if (this.isWanted(kind)) return captured[kind];
      captured[kind]?.stop();
      return null;
    };
    return { ...captured, microphone: keep('microphone'), camera: keep('camera') };
  }

  private isWanted(kind: CaptureKind): boolean {
    return this.mayPublish(kind) && this.view.getState().sending[kind];
  }

  private mayPublish(source: Source): boolean {
    return this.rights?.includes(source) === true;
  }

  /** Undefined before the first welcome. */
  private get rights(): readonly Source[] | undefined {
    const { live } = this.view.getState() as { live: LiveState | null };
    return live?.you.rights.publish;
  }

  /** Closes a device that still waits for the media room. */
  private giveBack(kind: CaptureKind): void {
    this.captured?.[kind]?.stop();
    if (this.captured) this.captured = { ...this.captured, [kind]: null };
  }

  private setDevice(kind: DeviceKind, device: string): void {
    this.view.setState(({ sending }) => ({
      sending: { ...sending, devices: { ...sending.devices, [kind]: device } },
    }));
  }

  private setSending(kind: CaptureKind, isOn: boolean): void {
    if (this.view.getState().sending[kind] === isOn) return;
    this.view.setState(({ sending }) => ({ sending: { ...sending, [kind]: isOn } }));
  }

  /** The engine let go of us: ask for a new assignment, with patience. */
  private mediaLost(): void {
    const wait = MEDIA_AGAIN_MS[Math.min(this.mediaTries, MEDIA_AGAIN_MS.length - 1)];
    this.mediaTries += 1;
    setTimeout(() => void this.renewMedia(), wait);
  }

  private async renewMedia(): Promise<void> {
    // While the live socket is away there is nobody to ask: its return connects the media too.
    const { status, live } = this.view.getState();
    if (this.isOver || status.kind !== 'open' || live.media.kind !== 'rtc') return;
    try {
      await this.connectMedia(await this.live.send('media.renew', {}));
    } catch {
      this.mediaLost();
    }
  }

  private async recapture(): Promise<Captured> {
    const { devices } = this.view.getState().sending;
    const open = async (kind: CaptureKind) =>
      this.isWanted(kind) ? await inTime(capture(kind, devices[kind] || undefined)) : null;
    const [microphone, camera] = await Promise.all([open('microphone'), open('camera')]);
    return { microphone, camera, devices };
  }

  /** A host took a right away: stop the device here too, so that its light tells the truth. */
  private obeyRights({ rights, space }: You, before: readonly Source[] | undefined): void {
    const allowed = rights.publish;
    if (before === allowed) return;
    for (const source of ['microphone', 'camera', 'screen_share'] as const) {
      if (allowed.includes(source)) continue;
      // Whoever waits may send nothing, and comes in as they came to the door.
      if (source !== 'screen_share' && space !== LOBBY) this.setSending(source, false);
      if (before?.includes(source)) void this.media?.withdraw(source);
    }
  }
}

/** Whether the same request may well succeed a little later: the server is away, starting or busy. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === UNREACHABLE || error.status >= 500 || error.status === TOO_MANY_REQUESTS;
}

/** Null when the device does not open, or not in time; it is given back when it opens later. */
function inTime(opening: Promise<MediaStreamTrack>): Promise<MediaStreamTrack | null> {
  return new Promise((resolve) => {
    let isLate = false;
    setTimeout(() => {
      isLate = true;
      resolve(null);
    }, DEVICES_WITHIN_MS);
    opening.then(
      (track) => (isLate ? track.stop() : resolve(track)),
      () => resolve(null),
    );
  });
}

function stop(captured: Captured | null): void {
  captured?.microphone?.stop();
  captured?.camera?.stop();
}

declare global {
  interface Window {
    /** For tests and support: what getStats() says of this meeting, summed up. Undefined outside one. */
    mcmeetStats?: () => Promise<import('@/media').StatsSummary> | undefined;
  }
}
