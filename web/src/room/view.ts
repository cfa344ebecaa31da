/** What the page sees of its meeting: one store, and what is read from it. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Source } from '@/core/live/protocol';
import type { LiveStatus } from '@/core/live/socket';
import type { LiveState } from '@/core/live/state';
import { NO_MEDIA, type CaptureKind, type ChosenDevices, type MediaView, type SourceState } from '@/media';
import type { DeviceKind } from './devices';

/** What this person sends, or would send if it could, and from which devices. */
export interface Sending {
  microphone: boolean;
  camera: boolean;
  devices: ChosenDevices;
}

export const NOT_SENDING: Sending = {
  microphone: false,
  camera: false,
  devices: { microphone: '', camera: '', speaker: '' },
};

export interface RoomView {
  status: LiveStatus;
  /** Null before the first welcome, and never again. */
  live: LiveState | null;
  media: MediaView;
  sending: Sending;
}

export type RoomStore = StoreApi<RoomView>;

export function createView(sending: Sending): RoomStore {
  return createStore<RoomView>(() => ({
    status: { kind: 'connecting' },
    live: null,
    media: NO_MEDIA,
    sending,
  }));
}

/** The sources that the server lets this seat send; undefined before the first welcome. */
export function publishRights({ live }: Pick<RoomView, 'live'>): readonly Source[] | undefined {
  return live?.you.rights.publish;
}

export function mayPublish(view: RoomView, source: Source): boolean {
  return publishRights(view)?.includes(source) === true;
}

/** Whether the source is to be sent: this person wants it, and may. */
export function isWanted(view: RoomView, kind: CaptureKind): boolean {
  return mayPublish(view, kind) && view.sending[kind];
}

/**
 * `starting`: the device still opens, or waits for the person's permission. Without a connection nothing is sent, and
 * what will be sent after it counts.
 */
export function sendingState({ media, sending }: RoomView, kind: CaptureKind): SourceState {
  const own = media.own[kind];
  if (media.connection === 'connected' || own === 'starting') return own;
  return sending[kind] ? 'on' : 'off';
}

/** Whether a device was asked for and has not come. Without a connection something else may be waited for. */
export function isOpening({ media: { connection, own } }: RoomView): boolean {
  return connection === 'connected' && (own.microphone === 'starting' || own.camera === 'starting');
}

/** Whether media were there, or tried to be, and are tried again. */
export function isAway({ connection }: MediaView): boolean {
  return connection === 'lost' || connection === 'reconnecting';
}

/** Whether both sockets stand: what others say and show arrives. */
export function isConnected({ status, media }: RoomView): boolean {
  return status.kind === 'open' && media.connection === 'connected';
}

export function setSending(store: RoomStore, kind: CaptureKind, isOn: boolean): void {
  if (store.getState().sending[kind] === isOn) return;
  store.setState(({ sending }) => ({ sending: { ...sending, [kind]: isOn } }));
}

export function setDevice(store: RoomStore, kind: DeviceKind, device: string): void {
  store.setState(({ sending }) => ({
    sending: { ...sending, devices: { ...sending.devices, [kind]: device } },
  }));
}
