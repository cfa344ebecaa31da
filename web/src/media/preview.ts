/** Camera and microphone before the meeting; what is on is handed over to it as it is. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import { capture, captureBoth, failureOf, type CaptureFailure, type CaptureKind } from './capture';
import { refreshDevices } from './devices';
import { watchLevel } from './level';

export type CaptureState = 'starting' | 'on' | 'off' | CaptureFailure;

export interface PreviewDevice {
  state: CaptureState;
  track: MediaStreamTrack | null;
  /** Its id; empty = the system's. */
  device: string;
  /** The one that was picked is gone, and the system's took its place. */
  isReplaced: boolean;
}

export interface PreviewView {
  camera: PreviewDevice;
  microphone: PreviewDevice;
  /** Device id of the loudspeaker; empty = the system's. */
  speaker: string;
}

/** Device ids; empty = the system's. */
export interface ChosenDevices {
  camera: string;
  microphone: string;
  speaker: string;
}

/** What the meeting starts with. */
export interface Captured {
  camera: MediaStreamTrack | null;
  microphone: MediaStreamTrack | null;
  devices: ChosenDevices;
  /** Their picked devices were gone, and the system's took their place. */
  replaced?: readonly CaptureKind[];
}

export interface HandedOver extends Captured {
  /** On, or still being opened: the prompt may be open, or the device slow. */
  wanted: Record<CaptureKind, boolean>;
}

export interface Wanted extends Record<CaptureKind, boolean> {
  devices: ChosenDevices;
}

const BOTH = { camera: true, microphone: true, devices: { camera: '', microphone: '', speaker: '' } };
const OFF = { state: 'off', track: null, device: '', isReplaced: false } as const;

export class Preview {
  readonly store: StoreApi<PreviewView> = createStore<PreviewView>(() => ({
    camera: { ...OFF },
    microphone: { ...OFF },
    speaker: '',
  }));
  /** 0..1; apart from the rest, since it changes 15 times a second. */
  readonly level = createStore<{ value: number }>(() => ({ value: 0 }));
  private stopMeter: () => void = () => undefined;
  /** The newest request of each kind: a prompt that is answered later than the next click opens nothing. */
  private readonly requests: Record<CaptureKind, number> = { camera: 0, microphone: 0 };

  private readonly switched = new Set<CaptureKind>();

  /** Opens what is wanted; somebody who comes for the first time is asked for both at once. */
  async start(asked: Partial<Wanted> = {}): Promise<void> {
    const wanted = { ...BOTH, ...asked };
    const { camera, microphone, speaker } = wanted.devices;
    this.put('camera', { device: camera });
    this.put('microphone', { device: microphone });
    this.pickSpeaker(speaker);
    if (wanted.camera && wanted.microphone) await this.fillBoth();
    else {
      const kinds = (['camera', 'microphone'] as const).filter((kind) => wanted[kind]);
      await Promise.all(kinds.map((kind) => this.fill(kind, this.request(kind))));
    }
    await refreshDevices();
  }

  private async fillBoth(): Promise<void> {
    const asked = { camera: this.request('camera'), microphone: this.request('microphone') };
    const both = await captureBoth(this.picked).catch(() => null);
    if (both === null) {
      // One of the two is missing, taken or forbidden: ask for each, so that the other still works.
      await Promise.all([this.fill('camera', asked.camera), this.fill('microphone', asked.microphone)]);
    } else {
      this.take('camera', both.camera, asked.camera);
      this.take('microphone', both.microphone, asked.microphone);
    }
  }

  /** Off is what the seat that is taken over has off, unless it was switched here by hand. */
  follow(seat: readonly string[]): void {
    for (const kind of ['camera', 'microphone'] as const) {
      if (!seat.includes(kind) && !this.switched.has(kind)) this.turnOff(kind);
    }
  }

  async toggle(kind: CaptureKind): Promise<void> {
    this.switched.add(kind);
    if (isWanted(this.store.getState()[kind].state)) return this.turnOff(kind);
    await this.fill(kind, this.request(kind));
    await refreshDevices();
  }

  async pick(kind: CaptureKind, device: string): Promise<void> {
    const { state } = this.store.getState()[kind];
    this.release(kind);
    this.put(kind, { device, isReplaced: false });
    if (state !== 'off') await this.fill(kind, this.request(kind));
  }

  pickSpeaker(speaker: string): void {
    this.store.setState({ speaker });
  }

  /** Gives the open tracks away; the caller owns and stops them. */
  handOver(): HandedOver {
    const { camera, microphone, speaker } = this.store.getState();
    const devices = { ...this.picked, speaker };
    const wanted = { camera: isWanted(camera.state), microphone: isWanted(microphone.state) };
    this.forgetRequests();
    this.quietMeter();
    this.put('camera', { track: null });
    this.put('microphone', { track: null });
    return { camera: camera.track, microphone: microphone.track, devices, wanted };
  }

  stop(): void {
    this.forgetRequests();
    this.release('camera');
    this.release('microphone');
  }

  private get picked(): Record<CaptureKind, string> {
    const { camera, microphone } = this.store.getState();
    return { camera: camera.device, microphone: microphone.device };
  }

  private request(kind: CaptureKind): number {
    this.put(kind, { state: 'starting' });
    this.requests[kind] += 1;
    return this.requests[kind];
  }

  /** A prompt cannot be taken back: what is allowed after this is closed at once. */
  private forgetRequest(kind: CaptureKind): void {
    this.requests[kind] += 1;
  }

  private forgetRequests(): void {
    this.forgetRequest('camera');
    this.forgetRequest('microphone');
  }

  private turnOff(kind: CaptureKind): void {
    this.forgetRequest(kind);
    this.release(kind);
    this.put(kind, { state: 'off', isReplaced: false });
  }

  private async fill(kind: CaptureKind, request: number): Promise<void> {
    const isNewest = () => request === this.requests[kind];
    if (!isNewest()) return;
    const unplugged = () => isNewest() && this.put(kind, { device: '', isReplaced: true });
    try {
      this.take(kind, await capture(kind, this.picked[kind], unplugged), request);
    } catch (error) {
      // Of what is missing nothing has taken the place.
      if (isNewest()) this.put(kind, { state: failureOf(error) ?? 'absent', isReplaced: false });
    }
  }

  private take(kind: CaptureKind, track: MediaStreamTrack, request: number): void {
    if (request !== this.requests[kind]) {
      track.stop();
      return;
    }
    this.release(kind);
    track.addEventListener('ended', () => void this.lost(kind, track));
    this.put(kind, { state: 'on', track });
    if (kind === 'microphone') this.stopMeter = watchLevel(track, (value) => this.level.setState({ value }));
  }

  /** Unplugged, or not allowed any more, or only ended with the other one: asking again tells which. */
  private async lost(kind: CaptureKind, track: MediaStreamTrack): Promise<void> {
    if (this.store.getState()[kind].track !== track) return;
    this.release(kind);
    await this.fill(kind, this.request(kind));
    await refreshDevices();
  }

  private release(kind: CaptureKind): void {
    if (kind === 'microphone') this.quietMeter();
    this.store.getState()[kind].track?.stop();
    this.put(kind, { track: null });
  }

  private quietMeter(): void {
    this.stopMeter();
    this.stopMeter = () => undefined;
    this.level.setState({ value: 0 });
  }

  private put(kind: CaptureKind, change: Partial<PreviewDevice>): void {
    this.store.setState((view) => ({ [kind]: { ...view[kind], ...change } }));
  }
}

/** On, or about to be. */
export function isWanted(state: CaptureState): boolean {
  return state === 'on' || state === 'starting';
}
