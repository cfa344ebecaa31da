/** The meeting this tab is in, and the one it was in: they outlive the pages that draw them. */

import { hush } from '@/core/announce';
import { onSessionChanged } from '@/core/session';
import type { Ending } from '@/core/live/socket';
import type { Farewell, MeetingRoom } from './meeting-room';

export interface PastStay {
  number: string;
  passcode: string | undefined;
  topic: string;
  why: Farewell;
  minutes: number;
  room: MeetingRoom;
}

export const currentStay: { room: MeetingRoom | null; past: PastStay | null } = { room: null, past: null };

onSessionChanged(() => {
  currentStay.past = null;
});

const FAREWELLS: Record<Farewell, true> = {
  ended: true,
  ended_by_you: true,
  left: true,
  removed: true,
  replaced: true,
  rejoin: true,
};

/** All that the tab's history keeps of it: which meeting that was, a reload does not know. */
export interface KeptFarewell {
  why: Farewell;
}

declare module '@tanstack/react-router' {
  interface HistoryState extends Partial<KeptFarewell> {}
}

/** Why the meeting was over, from the entry of the ended page; `unknown` when it was opened by hand. */
export function keptFarewell({ why }: Partial<KeptFarewell>): Farewell | 'unknown' {
  return why !== undefined && Object.hasOwn(FAREWELLS, why) ? why : 'unknown';
}

/** Going elsewhere in this tab is leaving; the page that drew the meeting is gone and closes nothing any more. */
export function leaveStay(): void {
  const { room } = currentStay;
  if (room === null) return;
  room.leave();
  closeStay(room, 'left');
}

/** Remembers what the ended page says; nothing of it is stored. */
export function closeStay(room: MeetingRoom, why: Ending): PastStay {
  const { live } = room.view.getState();
  const minutes = Math.max(1, Math.round((Date.now() - room.stay.enteredAt) / 60_000));
  const { number, passcode } = room.stay;
  const topic = live?.meeting.topic ?? '';
  const past = { number, passcode, topic, why: room.farewell(why), minutes, room };
  currentStay.room = null;
  currentStay.past = past;
  hush();
  return past;
}
