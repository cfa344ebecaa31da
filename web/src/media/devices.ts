/** The devices a person can pick from, kept current while something watches. */

import { createStore } from 'zustand/vanilla';

export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  microphones: readonly Device[];
  cameras: readonly Device[];
  speakers: readonly Device[];
}

const NONE: Devices = { microphones: [], cameras: [], speakers: [] };

/** Chromium lists the system's choices a second time under these names. */
const SYSTEM = new Set(['', 'default', 'communications']);

export const devices = createStore<Devices>(() => NONE);

/** Labels are empty until a permission is given: call it again after the first capture. */
export async function refreshDevices(): Promise<void> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const named = (kind: MediaDeviceKind): Device[] =>
    all
      .filter((device) => device.kind === kind && !SYSTEM.has(device.deviceId) && device.label !== '')
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  devices.setState({
    microphones: named('audioinput'),
    cameras: named('videoinput'),
    speakers: named('audiooutput'),
  });
}

const changed = (): void => void refreshDevices();
let watching = 0;

/** Several may watch at once; the browser is listened to until the last one stops. */
export function watchDevices(): () => void {
  watching += 1;
  navigator.mediaDevices?.addEventListener('devicechange', changed);
  changed();
  return () => {
    watching -= 1;
    if (watching === 0) navigator.mediaDevices?.removeEventListener('devicechange', changed);
  };
}
