import type { Shapes } from '@/core/live/protocol';
import type { LiveFeature } from '@/core/live/state';

/** Whose hands are up: seats, the first to have asked first. */
export type HandsState = readonly number[];

const read = (said: unknown): HandsState => (said as Shapes['RaisedHands'] | undefined)?.raised ?? [];

export const handsState: LiveFeature<HandsState> = {
  name: 'hands',
  read,
  apply: (raised, { type, data }) => (type === 'hands.changed' ? read(data) : raised),
};
