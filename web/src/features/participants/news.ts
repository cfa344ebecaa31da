/** What a change of roles, or of who shares a screen, tells the people in the meeting. */

import type { LiveEvent, RosterEntry } from '@/core/live/protocol';
import { partOf, type LiveState } from '@/core/live/state';
import { participantsState } from './state';

export interface RoleNews {
  /** `you_…` is told the person themselves; of co-hosts nobody else hears. */
  word: 'no_host' | 'host' | 'you_host' | 'you_no_host' | 'you_co_host' | 'you_no_co_host';
  name: string;
}

/** Null where nothing is new; the first host of a meeting only comes in. */
export function roleNews(event: LiveEvent, before: LiveState): RoleNews | null {
  if (event.type === 'roster.left') return hostLeft(before.roster.get(event.data.seat));
  if (event.type !== 'roster.joined' && event.type !== 'roster.changed') return null;
  const { seat, name, role } = event.data;
  const was = before.roster.get(seat)?.role;
  const isYou = seat === before.you.seat;
  if (role === was) return null;
  if (role === 'host') {
    const isTakenOver =
      was !== undefined || [...before.roster.values()].some((other) => other.role === 'host');
    return isTakenOver ? { word: isYou ? 'you_host' : 'host', name } : null;
  }
  if (!isYou) return null;
  if (role === 'co_host') return { word: 'you_co_host', name };
  return was === 'co_host' ? { word: 'you_no_co_host', name } : null;
}

/** Whoever was away for too long comes back to what the server makes of them, by no event. */
export function roleLost(before: LiveState, after: LiveState): 'you_no_host' | 'you_no_co_host' | null {
  const [was, is] = [before, after].map(({ roster, you }) => roster.get(you.seat)?.role);
  if (is !== 'participant') return null;
  if (was === 'host') return 'you_no_host';
  return was === 'co_host' ? 'you_no_co_host' : null;
}

/** The name that somebody else gave to this person; null where nothing is new. */
export function givenName(event: LiveEvent, before: LiveState): string | null {
  const { seat } = before.you;
  if (event.type !== 'roster.changed' || event.data.seat !== seat) return null;
  if (event.by === null || event.by === seat) return null;
  const { name } = event.data;
  return name === before.roster.get(seat)?.name ? null : name;
}

export interface ShareNews {
  word: 'begun' | 'ended';
  name: string;
}

/** Null where nothing is new, and of one's own screen. */
export function shareNews(event: LiveEvent, before: LiveState): ShareNews | null {
  if (event.type !== 'participants.media') return null;
  const { seat, sources } = event.data;
  const was = partOf(before, participantsState).media[seat]?.sources.screen_share !== undefined;
  const is = sources.screen_share !== undefined;
  const name = before.roster.get(seat)?.name;
  if (was === is || name === undefined || seat === before.you.seat) return null;
  return { word: is ? 'begun' : 'ended', name };
}

/** Whoever hands over first leaves as a participant. */
function hostLeft(person: RosterEntry | undefined): RoleNews | null {
  return person?.role === 'host' ? { word: 'no_host', name: person.name } : null;
}
