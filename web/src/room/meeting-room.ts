/** One stay in a meeting: its two sockets, and what follows from them. Knows nothing of React. */

import type { RoomPart } from '@/core/live/part';
import type { You } from '@/core/live/protocol';
import type { EventHandler, LiveSession, LiveView } from '@/core/live/session';
import type { Credential, Ending } from '@/core/live/socket';
import type { CaptureKind, Captured, Drawn, RoomSession } from '@/media';
import { sendingOf } from './coming-back';
import type { DeviceKind } from './devices';
import { LiveLink, type Rejoin, type Ticket } from './live-link';
import { MediaLink } from './media-link';
import {
  createView,
  mayPublish,
  publishRights,
  sendingState,
  setDevice,
  setSending,
  type RoomStore,
  type Sending,
} from './view';

const LOBBY = 'lobby';

export type Farewell = Ending | 'ended_by_you';

export interface Stay {
  number: string;
  /** For the invitation; unknown to those who came without it. */
  passcode: string | undefined;
  parts: readonly RoomPart[];
  /** A new ticket for the same person, when the seat's own credential is of no use any more. */
  rejoin: Rejoin | null;
  /** When this tab entered (ms since 1970); a reload goes on from there. */
  enteredAt: number;
}

export class MeetingRoom {
  readonly view: RoomStore;
  private readonly live: LiveLink;
  private readonly media: MediaLink;
  private hasEnded = false;

  constructor(
    readonly stay: Stay,
    socket: string,
    sending: Sending,
    captured: Captured | null,
  ) {
    this.view = createView(sending);
    this.live = new LiveLink(stay, socket);
    this.media = new MediaLink(this.view, () => this.live.send('media.renew', {}), captured);
    this.live.store.subscribe((now, before) => this.changed(now, before));
    void this.media.load();
  }

  enter(credential: Credential): void {
    this.live.connect(credential);
  }

  get send(): LiveSession['send'] {
    return this.live.send;
  }

  /** Called for each event of the meeting, after a rejoin too. */
  onEvent(handler: EventHandler): () => void {
    return this.live.onEvent(handler);
  }

  get tracks(): RoomSession | null {
    return this.media.session;
  }

  get drawnCameras(): Drawn {
    return this.media.drawnCameras;
  }

  async toggle(kind: CaptureKind): Promise<void> {
    const view = this.view.getState();
    if (!mayPublish(view, kind) || this.media.isAbsent) return;
    // Two quick presses leave a device off: whoever takes a press back must not be heard when it opens.
    const isOn = sendingState(view, kind) !== 'off';
    setSending(this.view, kind, !isOn);
    await (isOn ? this.media.turnOff(kind) : this.tracks?.turnOn(kind));
  }

  async toggleShare(): Promise<void> {
    const view = this.view.getState();
    const { screen_share: share } = view.media.own;
    if (!mayPublish(view, 'screen_share') || share === 'starting') return;
    await (share === 'on' ? this.tracks?.withdraw('screen_share') : this.tracks?.shareScreen());
  }

  /** Of the system when `device` is empty. */
  async pickDevice(kind: DeviceKind, device: string): Promise<void> {
    setDevice(this.view, kind, device);
    await (kind === 'speaker' ? this.tracks?.pickSpeaker(device) : this.tracks?.pickDevice(kind, device));
  }

  leave(): void {
    this.live.leave();
  }

  /** Once this one is over: back in, as it was, or as the page was that had taken the seat. */
  again({ ticket, socket, sending: seat }: Ticket): MeetingRoom {
    const sending = { ...this.view.getState().sending, ...sendingOf(seat) };
    const room = new MeetingRoom(this.stay, socket, sending, null);
    room.enter({ ticket });
    return room;
  }

  /** Throws ApiError. */
  async endForAll(): Promise<void> {
    this.hasEnded = true;
    try {
      await this.send('meetings.end', {});
    } catch (error) {
      // The end that we asked for may come before its answer.
      if (this.view.getState().status.kind !== 'over') {
        this.hasEnded = false;
        throw error;
      }
    }
  }

  /** Why the stay is over, as the person lived it. */
  farewell(why: Ending): Farewell {
    return why === 'ended' && this.hasEnded ? 'ended_by_you' : why;
  }

  private changed(now: LiveView, before: LiveView): void {
    if (now.status.kind === 'over') this.media.leave();
    this.view.setState(now);
    if (now.status.kind === 'over' || now.live === null) return;
    this.obeyRights(now.live.you, before);
    const isNew = now.status !== before.status || now.live.media !== before.live?.media;
    if (isNew && now.status.kind === 'open') this.media.follow(now.live.media);
  }

  /** A host took a right away: stop the device here too, so that its light tells the truth. */
  private obeyRights({ rights, space }: You, before: LiveView): void {
    const [allowed, known] = [rights.publish, publishRights(before)];
    if (allowed === known) return;
    for (const source of ['microphone', 'camera', 'screen_share'] as const) {
      if (allowed.includes(source)) continue;
      // Whoever waits may send nothing, and comes in as they came to the door.
      if (source !== 'screen_share' && space !== LOBBY) setSending(this.view, source, false);
      if (known?.includes(source)) void this.tracks?.withdraw(source);
    }
  }
}
