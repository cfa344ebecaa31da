/** What the server's contract test recorded of its sockets, for the tests of the features. */

import type { LiveEvent, Snapshot, Welcome, You } from './protocol';
import { applyEvent, fromWelcome, type LiveFeatures, type LiveState } from './state';

export interface Recording {
  viewer: string;
  before: Snapshot;
  events: LiveEvent[];
  after: Snapshot;
}

const YOU: You = {
  seat: 0,
  role: 'participant',
  space: 'main',
  rights: { publish: [], subscribe: true, data: true, actions: [] },
};

export function seen(snapshot: Snapshot, features: LiveFeatures): LiveState {
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
  return fromWelcome(welcome, features);
}

/** What a page that saw `before` knows after the events. */
export function replayed({ before, events }: Recording, features: LiveFeatures): LiveState {
  return events.reduce((sofar, event) => applyEvent(sofar, event, features), seen(before, features));
}

/** By name of the file and person who watches. */
export function casesOf(files: Record<string, Recording[]>): (Recording & { name: string })[] {
  return Object.entries(files).flatMap(([path, recordings]) =>
    recordings.map((recording) => ({ name: path.split('/').at(-1) ?? path, ...recording })),
  );
}
