/** As whom, and with what on, somebody comes back to a meeting. */

import { currentStay } from './stay';
import type { Sending } from './view';

/** Whether another page took this one's seat: whoever comes back to that meeting here means that seat. */
export function isSeatElsewhere(number: string): boolean {
  return currentStay.past?.number === number && currentStay.past.why === 'replaced';
}

/** What opened the meeting that this tab was in last; nothing once somebody has signed in or out. */
export function lastPasscode(number: string): string | undefined {
  const { past } = currentStay;
  return past?.number === number ? past.passcode : undefined;
}

/** As a seat sends that is taken over; nothing where that is not known. */
export function sendingOf(seat: readonly string[] | null): Partial<Sending> {
  return seat ? { microphone: seat.includes('microphone'), camera: seat.includes('camera') } : {};
}

/** What `seat` sends, else what was sent when the person last left: nobody who was muted comes back live. */
export function lastSending(number: string, seat: readonly string[] | null): Partial<Sending> {
  const { past } = currentStay;
  return { ...(past?.number === number && past.room.view.getState().sending), ...sendingOf(seat) };
}
