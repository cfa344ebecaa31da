/**
 * What the server's contract test recorded of its sockets: snapshot before + events = snapshot after, for
 * every command and each kind of seat.
 */

import { describe, expect, test } from 'vitest';
import { casesOf, replayed, seen, type Recording } from '@/core/live/recording';
import type { LiveState } from '@/core/live/state';
import { participantsState, SILENT, type ParticipantsState } from './state';

const RECORDED = import.meta.glob<Recording[]>(
  ['/src/core/live/recorded/*.json', '/src/features/*/recorded/*.json'],
  { eager: true, import: 'default' },
);
const FEATURES = [participantsState];

/** What a page draws of it, seat by seat: a seat that nothing was said of is silent. */
function shown({ roster, features }: LiveState) {
  const { media } = features.participants as ParticipantsState;
  return [...roster.values()]
    .toSorted((a, b) => a.seat - b.seat)
    .map((person) => ({ person, media: media[person.seat] ?? SILENT }));
}

const cases = casesOf(RECORDED);

describe('the recorded sockets', () => {
  test('were found', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.each(cases)('$name, seen by $viewer', (recording) => {
    expect(shown(replayed(recording, FEATURES))).toEqual(shown(seen(recording.after, FEATURES)));
  });
});
