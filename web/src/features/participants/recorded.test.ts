/**
 * What the server's contract test recorded of its sockets: snapshot before + events = snapshot after, for
 * every command and each kind of seat.
 */

import { describe, expect, test } from 'vitest';
import type { LiveEvent, Snapshot, Welcome, You } from '@/core/live/protocol';
import { applyEvent, fromWelcome, type LiveState } from '@/core/live/state';
import { participantsState, SILENT, type ParticipantsState } from './state';

interface Recording {
  viewer: string;
  before: Snapshot;
  events: LiveEvent[];
  after: Snapshot;
}

const RECORDED = import.meta.glob<Recording[]>('/src/core/live/recorded/*.json', {
  eager: true,
  import: 'default',
});
const FEATURES = [participantsState];
const YOU: You = {
  seat: 0,
  role: 'participant',
  space: 'main',
  rights: { publish: [], subscribe: true, data: true, actions: [] },
};

function seen(snapshot: Snapshot): LiveState {
  const meeting = { number: '123456789', topic: '产品周会', started_at: '2026-03-09T06:00:00.000Z' };
  const media = { space: 'main', kind: 'none', url: '', token: '', expires_at: null, port: 0 } as const;
  const welcome: Welcome = {
    type: 'welcome',
    epoch: '',
    seq: 0,
    resume: '',
    you: YOU,
    meeting,
    media,
    snapshot,
  };
  return fromWelcome(welcome, FEATURES);
}

/** What a page draws of it, seat by seat: a seat that nothing was said of is silent. */
function shown({ roster, features }: LiveState) {
  const { media } = features.participants as ParticipantsState;
  return [...roster.values()]
    .toSorted((a, b) => a.seat - b.seat)
    .map((person) => ({ person, media: media[person.seat] ?? SILENT }));
}

const cases = Object.entries(RECORDED).flatMap(([path, recordings]) =>
  recordings.map((recording) => ({ name: path.split('/').at(-1) ?? path, ...recording })),
);

describe('the recorded sockets', () => {
  test('were found', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.each(cases)('$name, seen by $viewer', ({ before, events, after }) => {
    const state = events.reduce((sofar, event) => applyEvent(sofar, event, FEATURES), seen(before));
    expect(shown(state)).toEqual(shown(seen(after)));
  });
});
