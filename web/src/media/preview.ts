/** Camera and microphone before the meeting; what is on is handed over to it as it is. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import { capture, captureBoth, CaptureFailed, type CaptureFailure, type CaptureKind } from './capture';
import { refreshDevices } from './devices';
import { watchLevel } from './level';

export type CaptureState = 'starting' | 'on' | 'off' | CaptureFailure;

export interface PreviewView {
  camera: { state: CaptureState; track: MediaStreamTrack | null; device: string };
  microphone: { state: CaptureState; track: MediaStreamTrack | null; device: string };
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
}

export interface HandedOver extends Captured {
  /** On, or still being opened: the prompt may be open, or the device slow. */
  wanted: Record<CaptureKind, boolean>;
}

const BOTH = { camera: true, microphone: true };
const OFF = { state: 'off', track: null, device: '' } as const;

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

  /** Opens what is wanted; somebody who comes for the first time is asked for both at once. */
  async start(wanted: Record<CaptureKind, boolean> = BOTH): Promise<void> {
    if (wanted.camera && wanted.microphone) await this.fillBoth();
    else {
      const kinds = (['camera', 'microphone'] as const).filter((kind) => wanted[kind]);
      await Promise.all(kinds.map((kind) => this.fill(kind, this.request(kind))));
    }
    await refreshDevices();
  }

  private async fillBoth(): Promise<void> {
    const asked = { camera: this.request('camera'), microphone: this.request('microphone') };
    const both = await captureBoth().catch(() => null);
    if (both === null) {
      // One of the two is missing, taken or forbidden: ask for each, so that the other still works.
      await Promise.all([this.fill('camera', asked.camera), this.fill('microphone', asked.microphone)]);
    } else {
      this.take('camera', both.camera, asked.camera);
      this.take('microphone', both.microphone, asked.microphone);
    }
  }

  async toggle(kind: CaptureKind): Promise<void> {
    if (isWanted(this.store.getState()[kind].state)) return this.turnOff(kind);
    await this.fill(kind, this.request(kind));
    await refreshDevices();
  }

  async pick(kind: CaptureKind, device: string): Promise<void> {
    const { state } = this.store.getState()[kind];
    this.release(kind);
    this.store.setState((view) => ({ [kind]: { ...view[kind], device } }));
    if (state !== 'off') await this.fill(kind, this.request(kind));
  }

  pickSpeaker(speaker: string): void {
    this.store.setState({ speaker });
  }

  /** Gives the open tracks away; the caller owns and stops them. */
  handOver(): HandedOver {
    const { camera, microphone, speaker } = this.store.getState();
    const devices = { camera: camera.device, microphone: microphone.device, speaker };
    const wanted = { camera: isWanted(camera.state), microphone: isWanted(microphone.state) };
    this.forgetRequests();
    this.quietMeter();
    this.store.setState({ camera: { ...camera, track: null }, microphone: { ...microphone, track: null } });
    return { camera: camera.track, microphone: microphone.track, devices, wanted };
  }

  stop(): void {
    this.forgetRequests();
    this.release('camera');
    this.release('microphone');
  }

  private request(kind: CaptureKind): number {
    this.put(kind, 'starting');
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
    this.put(kind, 'off');
  }

  private async fill(kind: CaptureKind, request: number): Promise<void> {
    if (request !== this.requests[kind]) return;
    try {
      this.take(kind, await capture(kind, this.store.getState()[kind].device || undefined), request);
    } catch (error) {
      if (request !== this.requests[kind]) return;
      this.put(kind, error instanceof CaptureFailed ? error.why : 'absent');
    }
  }

  private take(kind: CaptureKind, track: MediaStreamTrack, request: number): void {
    if (request !== this.requests[kind]) {
      track.stop();
      return;
    }
    this.release(kind);
    track.addEventListener('ended', () => void this.lost(kind, track));
    this.store.setState((view) => ({ [kind]: { ...view[kind], state: 'on', track } }));
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
    this.store.setState((view) => ({ [kind]: { ...view[kind], track: null } }));
  }

  private quietMeter(): void {
    this.stopMeter();
    this.stopMeter = () => undefined;
    this.level.setState({ value: 0 });
  }

  private put(kind: CaptureKind, state: CaptureState): void {
    this.store.setState((view) => ({ [kind]: { ...view[kind], state } }));
  }
}

function isWanted(state: CaptureState): boolean {
  return state === 'on' || state === 'starting';
}
