import type { MediaAssignment, Shapes } from './protocol';

/** What a page may ask of the meeting: the data of each command and of its answer. */
export interface Commands {
  'live.leave': { data: Shapes['NoData']; answer: unknown };
  'media.renew': { data: Shapes['NoData']; answer: MediaAssignment };
  'meetings.end': { data: Shapes['NoData']; answer: unknown };
  'participants.rename': { data: Shapes['Rename']; answer: unknown };
  'participants.mute': { data: Shapes['Mute']; answer: unknown };
  'participants.unmute': { data: Shapes['Mute']; answer: unknown };
  'participants.set_role': { data: Shapes['SetRole']; answer: unknown };
  'participants.remove': { data: Shapes['Remove']; answer: unknown };
}

export type CommandType = keyof Commands;
