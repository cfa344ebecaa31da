import type { Shapes } from '@/core/live/protocol';
import { partOf, type LiveFeature, type LiveState } from '@/core/live/state';

/** Whose hands are up: seats, the first to have asked first. */
export const handsState: LiveFeature<readonly number[]> = {
  name: 'hands',
  read: (said) => (said as Shapes['RaisedHands'] | undefined)?.raised ?? [],
  apply: (raised, event) => (event.type === 'hands.changed' ? event.data.raised : raised),
};

export const isUp = (live: LiveState) => partOf(live, handsState).includes(live.you.seat);
