import type { Shapes } from './protocol';

/**
 * What a page may ask of the meeting: the data of each command and of its answer. Each feature declares its own
 * beside its words, in `index.ts`.
 */
export interface Commands {
  'live.leave': { data: Shapes['NoData']; answer: unknown };
}

export type CommandType = keyof Commands;
