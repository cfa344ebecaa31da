/** What became of a device that ended while it was on. */

import type { CaptureKind } from './capture';

/** `revoked`: the browser was told to give it no longer; `gone`: there is none of its kind any more. */
export type Loss = 'revoked' | 'gone' | 'busy';

const LISTED_AS: Record<CaptureKind, MediaDeviceKind> = { camera: 'videoinput', microphone: 'audioinput' };

/** Whether the browser still lists a device of this name: an ended track does not tell its id everywhere. */
export async function isListed(kind: CaptureKind, label: string): Promise<boolean> {
  return (await labels(kind)).includes(label);
}

export async function whyLost(kind: CaptureKind): Promise<Loss> {
  const permission = await permissionOf(kind);
  // A permission that was reset is asked for again, and the SDK has just asked.
  if (permission !== null && permission.state !== 'granted') return 'revoked';
  return (await labels(kind)).length === 0 ? 'gone' : 'busy';
}

/** Calls once the browser may give the device again. */
export async function whenAllowed(kind: CaptureKind, call: () => void): Promise<void> {
  const permission = await permissionOf(kind);
  if (permission === null) return;
  permission.onchange = () => {
    if (permission.state === 'denied') return;
    permission.onchange = null;
    call();
  };
}

async function labels(kind: CaptureKind): Promise<string[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === LISTED_AS[kind]).map(({ label }) => label);
}

/** Null where the browser does not tell: Firefox does not know these names everywhere. */
function permissionOf(kind: CaptureKind): Promise<PermissionStatus | null> {
  const asked = navigator.permissions?.query({ name: kind as PermissionName });
  return Promise.resolve(asked ?? null).catch(() => null);
}
