/** What the menus of devices offer, and what a choice in them means. */

import type { CaptureKind, ChosenDevices, Devices } from '@/media';

export type DeviceKind = CaptureKind | 'speaker';

const LISTS = { microphone: 'microphones', camera: 'cameras', speaker: 'speakers' } as const;
/** Between the kind and the browser's id of the device, which is letters and digits or a word. */
const MARK = '/';

export interface DeviceChoice {
  kind: DeviceKind;
  selected: string;
  items: ReadonlyArray<{ id: string; label: string }>;
}

/** One list for each kind that this browser has; the system's own device comes first. */
export function deviceChoices(
  kinds: readonly DeviceKind[],
  found: Devices,
  chosen: ChosenDevices,
  systemLabel: string,
): DeviceChoice[] {
  return kinds.flatMap((kind) => {
    const list = found[LISTS[kind]];
    if (list.length === 0) return [];
    const isThere = list.some(({ id }) => id === chosen[kind]);
    return {
      kind,
      selected: choiceId(kind, isThere ? chosen[kind] : ''),
      items: [{ id: '', label: systemLabel }, ...list].map(({ id, label }) => ({
        id: choiceId(kind, id),
        label,
      })),
    };
  });
}

export function readChoice(id: string): { kind: DeviceKind; device: string } {
  const [kind = '', ...rest] = id.split(MARK);
  return { kind: kind as DeviceKind, device: rest.join(MARK) };
}

function choiceId(kind: DeviceKind, device: string): string {
  return kind + MARK + device;
}
