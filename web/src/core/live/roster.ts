import type { LiveEvent, RosterEntry } from './protocol';

export type Roster = ReadonlyMap<number, RosterEntry>;

export function readRoster(snapshot: unknown): Roster {
  const entries = Array.isArray(snapshot) ? (snapshot as RosterEntry[]) : [];
  return new Map(entries.map((entry) => [entry.seat, entry]));
}

export function applyToRoster(roster: Roster, event: LiveEvent): Roster {
  switch (event.type) {
    case 'roster.joined':
    case 'roster.changed':
      return new Map(roster).set(event.data.seat, event.data);
    case 'roster.left': {
      const rest = new Map(roster);
      rest.delete(event.data.seat);
      return rest;
    }
    default:
      return roster;
  }
}

/** Who is in the same space as `seat`, the longest here first. */
export function peopleAround(roster: Roster, seat: number): readonly RosterEntry[] {
  const space = roster.get(seat)?.space;
  return [...roster.values()].filter((entry) => entry.space === space).toSorted((a, b) => a.seat - b.seat);
}
