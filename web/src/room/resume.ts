/** Back after a reload. */

import type { RoomPart } from '@/core/live/part';
import { LiveSession } from '@/core/live/session';
import { MeetingRoom } from './meeting-room';
import { NOT_SENDING, type Sending } from './view';

/** What the entry of the tab's history keeps of a meeting, so that a reload comes back as it was. */
export interface KeptStay {
  passcode?: string;
  sending?: Sending;
}

declare module '@tanstack/react-router' {
  interface HistoryState extends KeptStay {}
}

/** The seat that this tab had before a reload, taken back; null when it had none. */
export function resumeStay(number: string, kept: KeptStay, parts: readonly RoomPart[]): MeetingRoom | null {
  const stored = LiveSession.stored(number);
  if (stored === null) return null;
  const { enteredAt, resume } = stored;
  const stay = { number, passcode: kept.passcode, parts, rejoin: null, enteredAt };
  const room = new MeetingRoom(stay, stored.socket, { ...NOT_SENDING, ...kept.sending }, null);
  room.enter({ resume });
  return room;
}
