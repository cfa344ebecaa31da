/**
 * What a page may ask of the meeting, and what the meeting says. Each feature declares its own commands and events
 * beside its words, in `index.ts`.
 */

import type { components } from '../api/schema';

type Shapes = components['schemas'];

/** The data of each command and of its answer. */
export interface Commands {
  'live.leave': { data: Shapes['NoData']; answer: unknown };
}

export type CommandType = keyof Commands;

/** The data of each event. A newer server may say more: whoever reads an event has a `default`. */
export interface Events {
  'you.changed': Shapes['YouChanged'];
  'media.assigned': Shapes['MediaAssigned'];
  'state.replaced': Shapes['Welcome']['snapshot'];
  'roster.joined': Shapes['RosterEntry'];
  'roster.changed': Shapes['RosterEntry'];
  'roster.left': Shapes['RosterLeft'];
}

/** One event, known by its type. */
export type LiveEvent = {
  [Type in keyof Events]: Omit<Shapes['EventFrame'], 'type' | 'data'> & { type: Type; data: Events[Type] };
}[keyof Events];
