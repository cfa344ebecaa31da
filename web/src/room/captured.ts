/** Devices that are open before the media room is joined. */

import { capture, refreshDevices, type CaptureKind, type Captured } from '@/media';
import type { Sending } from './view';

/** A permission prompt may stand unanswered for ever: the others are seen and heard meanwhile. */
const DEVICES_WITHIN_MS = 2_000;

/** Opens what is wanted; null for a device that does not open, or not in time. */
export async function openDevices(
  { devices }: Sending,
  isWanted: (kind: CaptureKind) => boolean,
): Promise<Captured> {
  const replaced: CaptureKind[] = [];
  const open = async (kind: CaptureKind) =>
    isWanted(kind) ? await inTime(capture(kind, devices[kind], () => replaced.push(kind))) : null;
  const [microphone, camera] = await Promise.all([open('microphone'), open('camera')]);
  void refreshDevices();
  const opened = { microphone, camera };
  return { ...opened, devices, replaced: replaced.filter((kind) => opened[kind] !== null) };
}

/** Without one of them, which is closed. */
export function giveBack(captured: Captured, kind: CaptureKind): Captured {
  captured[kind]?.stop();
  const replaced = captured.replaced?.filter((other) => other !== kind) ?? [];
  return { ...captured, [kind]: null, replaced };
}

export function giveAllBack(captured: Captured | null): void {
  captured?.microphone?.stop();
  captured?.camera?.stop();
}

/** Null when the device does not open, or not in time; it is given back when it opens later. */
function inTime(opening: Promise<MediaStreamTrack>): Promise<MediaStreamTrack | null> {
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(null);
    }, DEVICES_WITHIN_MS);
    opening
      .then(
        (track) => (isLate ? track.stop() : resolve(track)),
        () => resolve(null),
      )
      .finally(() => clearTimeout(timer));
  });
}
