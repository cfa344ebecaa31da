/** The media of a stay: joins the media room that the server assigns, and comes back to it. */

import type { MediaAssignment } from '@/core/live/protocol';
import {
  Drawn,
  loadRoomSession,
  type CaptureKind,
  type Captured,
  type MediaView,
  type RoomSession,
} from '@/media';
import { giveAllBack, giveBack, openDevices } from './captured';
import { isWanted, setDevice, setSending, type RoomStore } from './view';

const MEDIA_AGAIN_MS = [300, 1_000, 2_000, 4_000] as const;
const KINDS = ['microphone', 'camera'] as const;

export class MediaLink {
  readonly drawnCameras = new Drawn();
  /** Null until its code has come. */
  session: RoomSession | null = null;
  /** Its code did not come: the meeting goes on without pictures and sound. */
  isAbsent = false;
  private tries = 0;
  private isJoining = false;
  private isOver = false;
  /** Where the newest assignment was for. */
  private space: string | null = null;

  constructor(
    private readonly view: RoomStore,
    /** Asks the server for a new assignment. */
    private readonly renew: () => Promise<MediaAssignment>,
    /** Open already; null: what is to be sent is opened when the media room is joined. */
    private captured: Captured | null,
  ) {}

  async load(): Promise<void> {
    const Session = await loadRoomSession().catch(() => null);
    if (this.isOver) return;
    if (Session === null) return this.goWithout();
    this.session = new Session(() => this.lost(), this.drawnCameras);
    this.session.store.subscribe((now, before) => this.changed(now, before));
    window.mcmeetStats = () => this.session?.stats();
    const assigned = this.assignment;
    if (assigned !== undefined) await this.join(assigned);
  }

  /** Media follow the space: out of those of the space before, into those of this one. */
  follow(assigned: MediaAssignment): void {
    const isMoved = this.space !== null && assigned.space !== this.space;
    if (isMoved || assigned.kind !== 'rtc') this.session?.leave();
    this.space = assigned.space;
    void this.join(assigned);
  }

  /** Switches it off where it is sent, and closes a device that still waits for the media room. */
  async turnOff(kind: CaptureKind): Promise<void> {
    if (this.captured !== null) this.captured = giveBack(this.captured, kind);
    await this.session?.turnOff(kind);
  }

  leave(): void {
    this.isOver = true;
    giveAllBack(this.captured);
    this.session?.leave();
    delete window.mcmeetStats;
  }

  /** Its absence is told by core/chunks, until a reload. */
  private goWithout(): void {
    this.isAbsent = true;
    giveAllBack(this.captured);
    this.captured = null;
    for (const kind of KINDS) setSending(this.view, kind, false);
  }

  private changed(now: MediaView, before: MediaView): void {
    this.view.setState({ media: now });
    if (now.failure?.why === 'unplugged' && now.failure !== before.failure)
      setDevice(this.view, now.failure.kind, '');
    if (now.connection !== 'connected') return;
    this.tries = 0;
    if (before.connection !== 'connected') return;
    // A device that was unplugged or refused stays off after a lost connection too.
    for (const kind of KINDS) {
      if (now.own[kind] !== before.own[kind]) setSending(this.view, kind, now.own[kind] !== 'off');
    }
  }

  /** Joins the media room that the server assigned, unless we are in it already. */
  private async join(assigned: MediaAssignment): Promise<void> {
    const { connection } = this.view.getState().media;
    if (this.session === null || this.isJoining || assigned.kind !== 'rtc') return;
    if (connection !== 'idle' && connection !== 'lost') return;
    this.isJoining = true;
    const captured = this.captured ?? (await openDevices(this.view.getState().sending, this.isWanted));
    this.captured = null;
    this.isJoining = false;
    const newest = this.assignment ?? assigned;
    if (this.isOver || newest.kind !== 'rtc') return giveAllBack(captured);
    performance.mark('mcmeet:media-connect');
    const { url, token } = newest.space === assigned.space ? assigned : newest;
    const allowed = KINDS.reduce(
      (kept, kind) => (this.isWanted(kind) ? kept : giveBack(kept, kind)),
      captured,
    );
    void this.session.connect(url, token, allowed);
    for (const kind of KINDS) {
      // Switched on meanwhile, or its device did not open: the second try says why.
      if (allowed[kind] === null && this.isWanted(kind)) void this.session.turnOn(kind);
    }
  }

  private readonly isWanted = (kind: CaptureKind): boolean => isWanted(this.view.getState(), kind);

  private get assignment(): MediaAssignment | undefined {
    return this.view.getState().live?.media;
  }

  /** The engine let go of us: ask for a new assignment, with patience. */
  private lost(): void {
    const wait = MEDIA_AGAIN_MS[Math.min(this.tries, MEDIA_AGAIN_MS.length - 1)];
    this.tries += 1;
    setTimeout(() => void this.comeBack(), wait);
  }

  private async comeBack(): Promise<void> {
    // While the live socket is away there is nobody to ask: its return connects the media too.
    if (this.isOver || this.view.getState().status.kind !== 'open' || this.assignment?.kind !== 'rtc') return;
    try {
      await this.join(await this.renew());
    } catch {
      this.lost();
    }
  }
}

declare global {
  interface Window {
    /** For tests and support: what getStats() says of this meeting, summed up. Undefined outside one. */
    mcmeetStats?: () => Promise<import('@/media').StatsSummary> | undefined;
  }
}
