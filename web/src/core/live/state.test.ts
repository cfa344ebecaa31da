import { describe, expect, test } from 'vitest';
import { applyEvent, fromWelcome, type LiveFeature, type LiveState } from './state';
import { peopleAround } from './roster';
import type { LiveEvent, RosterEntry, Welcome } from './protocol';

const person = (seat: number, name: string, rest: Partial<RosterEntry> = {}): RosterEntry => ({
  seat,
  name,
  role: 'participant',
  space: 'main',
  kind: 'web',
  state: 'here',
  media: `m${seat}`,
  ...rest,
});

const counter: LiveFeature<number> = {
  name: 'counter',
  read: (snapshot) => (snapshot as number | undefined) ?? 0,
  apply: (state, event) => ((event.type as string) === 'counter.rose' ? state + 1 : state),
};

const WELCOME: Welcome = {
  type: 'welcome',
  epoch: 'e1',
  seq: 1,
  resume: 'R',
  you: {
    seat: 2,
    role: 'participant',
    space: 'main',
    rights: { publish: [], subscribe: true, data: true, actions: [] },
  },
  meeting: { number: '123456789', topic: '产品周会', started_at: '2026-03-09T06:00:00.000Z' },
  snapshot: { roster: [person(2, '周航'), person(1, '林晓', { role: 'host' })], counter: 4 },
  media: { space: 'main', kind: 'none', url: '', token: '', expires_at: null, port: 0 },
};

const start = (): LiveState => fromWelcome(WELCOME, [counter]);
const event = (type: string, data: object) => ({ type, at: '', by: null, data }) as LiveEvent;
const after = (state: LiveState, ...events: LiveEvent[]): LiveState =>
  events.reduce((so_far, next) => applyEvent(so_far, next, [counter]), state);

describe('the state of a meeting', () => {
  test('a welcome is the whole of it', () => {
    const state = start();
    expect(peopleAround(state.roster, 2).map(({ name }) => name)).toEqual(['林晓', '周航']);
    expect(state.features.counter).toBe(4);
  });

  test('people join, change and leave', () => {
    const state = after(
      start(),
      event('roster.joined', person(3, 'Emma')),
      event('roster.changed', person(1, '林晓', { state: 'away' })),
      event('roster.left', { seat: 2 }),
    );
    expect([...state.roster.values()].map(({ name, state: where }) => [name, where])).toEqual([
      ['林晓', 'away'],
      ['Emma', 'here'],
    ]);
  });

  test('who waits elsewhere is not among the people around', () => {
    const state = after(start(), event('roster.joined', person(3, 'Emma', { space: 'lobby' })));
    expect(peopleAround(state.roster, 2).map(({ seat }) => seat)).toEqual([1, 2]);
  });

  test('new rights and a new role are taken as they come', () => {
    const rights = { publish: ['camera'], subscribe: true, data: true, actions: ['participants.mute'] };
    const state = after(start(), event('you.changed', { role: 'co_host', space: 'main', rights }));
    expect(state.you).toEqual({ seat: 2, role: 'co_host', space: 'main', rights });
  });

  test('replaced parts start afresh, the others stay', () => {
    const state = after(
      start(),
      event('counter.rose', {}),
      event('state.replaced', { roster: [person(2, '周航')] }),
    );
    expect(state.roster.size).toBe(1);
    expect(state.features.counter).toBe(5);
    expect(after(state, event('state.replaced', { counter: 9 })).features.counter).toBe(9);
  });

  test('an event that nobody knows changes nothing, not even the object', () => {
    const state = start();
    expect(after(state, event('weather.changed', { sunny: true }))).toBe(state);
  });

  test('an event of one feature leaves the others the same objects', () => {
    const state = start();
    expect(after(state, event('counter.rose', {})).roster).toBe(state.roster);
  });
});
