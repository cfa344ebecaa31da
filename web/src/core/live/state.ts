/** What the page knows of its meeting: snapshot + event → state, without side effects. */

import type { LiveEvent, MediaAssignment, MeetingInfo, Resumed, Snapshot, Welcome, You } from './protocol';
import { applyToRoster, readRoster, type Roster } from './roster';

/** A feature's part of the state. `apply` returns the same object when an event does not concern it. */
export interface LiveFeature<S> {
  name: string;
  read(snapshot: unknown): S;
  apply(state: S, event: LiveEvent): S;
  /** Without what only transient events keep true: they are not repeated after a lost connection. */
  cut?(state: S): S;
}

export interface LiveState {
  you: You;
  meeting: MeetingInfo;
  roster: Roster;
  features: Readonly<Record<string, unknown>>;
  media: MediaAssignment;
}

// A feature's state is opaque here; `partOf` gives it back.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type LiveFeatures = readonly LiveFeature<any>[];

/** A feature's own part. */
export function partOf<S>(live: LiveState, { name }: LiveFeature<S>): S {
  return live.features[name] as S;
}

export function fromWelcome(welcome: Welcome, features: LiveFeatures): LiveState {
  return {
    you: welcome.you,
    meeting: welcome.meeting,
    media: welcome.media,
    roster: readRoster(welcome.snapshot.roster),
    features: Object.fromEntries(features.map(({ name, read }) => [name, read(welcome.snapshot[name])])),
  };
}

export function fromResumed(state: LiveState, resumed: Resumed): LiveState {
  return { ...state, media: resumed.media };
}

export function withoutTransient(state: LiveState, features: LiveFeatures): LiveState {
  const cut = features.flatMap(({ name, cut }) => (cut ? [[name, cut(state.features[name])] as const] : []));
  return { ...state, features: { ...state.features, ...Object.fromEntries(cut) } };
}

export function applyEvent(state: LiveState, event: LiveEvent, features: LiveFeatures): LiveState {
  switch (event.type) {
    case 'you.changed':
      return { ...state, you: { ...state.you, ...event.data } };
    case 'media.assigned':
      return { ...state, media: event.data };
    case 'state.replaced':
      return replaced(state, event.data, features);
    default:
      return withEvent(state, event, features);
  }
}

/** What this seat may see has changed: the parts that are named start afresh. */
function replaced(state: LiveState, snapshot: Snapshot, features: LiveFeatures): LiveState {
  const roster = 'roster' in snapshot ? readRoster(snapshot.roster) : state.roster;
  const fresh = features
    .filter(({ name }) => name in snapshot)
    .map(({ name, read }) => [name, read(snapshot[name])] as const);
  return { ...state, roster, features: { ...state.features, ...Object.fromEntries(fresh) } };
}

function withEvent(state: LiveState, event: LiveEvent, features: LiveFeatures): LiveState {
  const roster = applyToRoster(state.roster, event);
  let parts = state.features;
  for (const { name, apply } of features) {
    const before = parts[name];
    const after: unknown = apply(before, event);
    if (after !== before) parts = { ...parts, [name]: after };
  }
  if (roster === state.roster && parts === state.features) return state;
  return { ...state, roster, features: parts };
}
