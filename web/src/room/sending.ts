import type { CaptureKind, ChosenDevices } from '@/media';
import type { RoomView } from './meeting-room';

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

/**
 * Whether the source is on: a device that still opens, or waits for the person's permission, is not. Without a
 * connection nothing is sent, and what will be sent after it counts.
 */
export function isSending({ media, sending }: RoomView, kind: CaptureKind): boolean {
  if (media.connection === 'connected') return media.own[kind] === 'on';
  return sending[kind] && media.own[kind] !== 'starting';
}

/** Whether a device was asked for and has not come. Without a connection something else may be waited for. */
export function isOpening({ media: { connection, own } }: RoomView): boolean {
  return connection === 'connected' && (own.microphone === 'starting' || own.camera === 'starting');
}

/** Whether both sockets stand: what others say and show arrives. */
export function isConnected({ status, media }: RoomView): boolean {
  return status.kind === 'open' && media.connection === 'connected';
}
