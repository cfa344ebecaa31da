import { describe, expect, test } from 'vitest';
import type { LiveEvent, RosterEntry, You } from '@/core/live/protocol';
import {
  isHeard,
  leavesWithoutHost,
  loudestOf,
  participantsState,
  shownPeople,
  SILENT,
  speakerAmong,
  successors,
  type ParticipantsState,
} from './state';
import { actionsOn } from './actions';

const event = (type: string, data: object) => ({ type, at: '', by: null, data }) as LiveEvent;
const after = (state: ParticipantsState, ...events: LiveEvent[]): ParticipantsState =>
  events.reduce(participantsState.apply, state);
const empty = (): ParticipantsState => participantsState.read({ media: {} });
const media = (seat: number, sources: object, barred: string[] = []) =>
  event('participants.media', { seat, sources, barred });

describe('who is heard and seen', () => {
  test('a seat that published nothing is silent', () => {
    expect(isHeard(empty().media[1] ?? SILENT)).toBe(false);
  });

  test('a microphone that is on is heard; muted or barred it is not', () => {
    const state = after(empty(), media(1, { microphone: 'on' }));
    expect(isHeard(state.media[1] ?? SILENT)).toBe(true);
    expect(isHeard(after(state, media(1, { microphone: 'muted' })).media[1] ?? SILENT)).toBe(false);
    const barred = after(state, media(1, { microphone: 'on' }, ['microphone']));
    expect(isHeard(barred.media[1] ?? SILENT)).toBe(false);
  });

  test('a source that is absent from the newest event is off', () => {
    const state = after(empty(), media(2, { screen_share: 'on' }), media(2, {}));
    expect(state.media[2]?.sources).toEqual({});
  });

  test('speakers replace those before them, and silence empties the list', () => {
    const speaking = after(empty(), event('participants.speakers', { speakers: [{ seat: 2, level: 0.4 }] }));
    expect(speaking.speakers).toEqual([2]);
    const louder = after(speaking, event('participants.speakers', { speakers: [{ seat: 2, level: 0.8 }] }));
    expect(louder, 'nothing is drawn anew').toBe(speaking);
    expect(after(speaking, event('participants.speakers', { speakers: [] })).speakers).toEqual([]);
  });

  test('nobody is speaking once the connection is lost', () => {
    const speaking = after(
      empty(),
      media(2, { microphone: 'on' }),
      event('participants.speakers', { speakers: [{ seat: 2, level: 0.4 }] }),
    );
    const cut = participantsState.cut?.(speaking);
    expect(cut).toEqual({ ...speaking, speakers: [] });
  });

  test('who left is forgotten', () => {
    const state = after(
      empty(),
      media(2, { microphone: 'on' }),
      event('participants.speakers', { speakers: [{ seat: 2, level: 0.4 }] }),
      event('roster.left', { seat: 2 }),
    );
    expect(state).toEqual({ media: {}, speakers: [] });
  });

  test('a snapshot equals the events that led to it', () => {
    const snapshot = { media: { 1: { sources: { camera: 'on' }, barred: [] } } };
    expect(participantsState.read(snapshot)).toEqual(after(empty(), media(1, { camera: 'on' })));
  });

  test('foreign events change nothing, not even the object', () => {
    const state = empty();
    expect(after(state, event('meetings.ended', {}))).toBe(state);
  });
});

const seats = (shown: readonly RosterEntry[]) => shown.map(({ seat }) => seat);

describe('who is shown', () => {
  const [lin, zhou, emma] = [1, 2, 3];
  const people = [lin, zhou, emma].map((seat) => ({ seat })) as RosterEntry[];
  test('one has a picture of oneself until it is hidden', () => {
    expect(seats(shownPeople(people, lin, true))).toEqual([lin, zhou, emma]);
    expect(seats(shownPeople(people, lin, false))).toEqual([zhou, emma]);
  });

  test('who is alone sees oneself all the same', () => {
    expect(seats(shownPeople(people.slice(0, 1), lin, false))).toEqual([lin]);
  });

  test('the loudest of the others is shown large, and oneself never beside others', () => {
    expect(loudestOf(people, lin, [lin, emma, zhou])).toBe(emma);
    expect(loudestOf(people, lin, [lin])).toBe(null);
    expect(speakerAmong(people, lin, emma, zhou)).toBe(emma);
    expect(speakerAmong(people, lin, null, null)).toBe(zhou);
    expect(speakerAmong(people.slice(0, 1), lin, null, null)).toBe(lin);
  });

  test('in silence whoever spoke last stays, unless they left', () => {
    expect(speakerAmong(people, lin, null, emma)).toBe(emma);
    expect(speakerAmong(people.slice(0, 2), lin, null, emma)).toBe(zhou);
    expect(speakerAmong(people.slice(0, 2), lin, emma, emma)).toBe(zhou);
  });
});

const you = (role: You['role'], actions: readonly string[], seat = 1): You => ({
  seat,
  role,
  space: 'main',
  rights: { publish: [], subscribe: true, data: true, actions: [...actions] },
});

describe('what may be done about a person', () => {
  const ALL = ['mute', 'unmute', 'rename', 'set_role', 'remove'].map((name) => `participants.${name}`);
  const guest = { seat: 2, name: '周航', role: 'participant', state: 'here' } as RosterEntry;
  const barred = { sources: {}, barred: ['microphone' as const] };

  test('the host mutes, renames, promotes and removes a guest', () => {
    expect(actionsOn(guest, you('host', ALL), SILENT)).toEqual([
      'mute',
      'rename',
      'co_host',
      'host',
      'remove',
    ]);
    expect(actionsOn(guest, you('host', ALL), barred)).toContain('unmute');
    expect(actionsOn({ ...guest, role: 'co_host' }, you('host', ALL), SILENT)).toContain('no_co_host');
  });

  test('nobody becomes host whose connection is lost', () => {
    const away = actionsOn({ ...guest, state: 'away' }, you('host', ALL), SILENT);
    expect(away).toEqual(['mute', 'rename', 'co_host', 'remove']);
  });

  test('nobody mutes, promotes or removes themselves', () => {
    expect(actionsOn({ ...guest, seat: 1, role: 'host' }, you('host', ALL), SILENT)).toEqual(['rename']);
  });

  test('a guest may do what the server lets them, and rename nobody else', () => {
    const rights = you('participant', ['participants.rename']);
    expect(actionsOn(guest, rights, SILENT)).toEqual([]);
    expect(actionsOn({ ...guest, seat: 1 }, rights, SILENT)).toEqual(['rename']);
  });
});

const entry = (seat: number, more: Partial<RosterEntry> = {}) =>
  ({
    seat,
    name: '',
    role: 'participant',
    state: 'here',
    kind: 'web',
    space: 'main',
    ...more,
  }) as RosterEntry;

describe('who could be host after the host', () => {
  const host = entry(1, { role: 'host' });
  const roster = (...people: RosterEntry[]) => new Map([host, ...people].map((one) => [one.seat, one]));
  const asHost = you('host', []);

  test('are co-hosts first, then whoever is here longest', () => {
    const people = roster(entry(9), entry(2), entry(5, { role: 'co_host' }));
    expect(seats(successors({ you: asHost, roster: people }))).toEqual([5, 2, 9]);
  });

  test.each([
    ['is away', { state: 'away' }],
    ['waits in the lobby', { space: 'lobby' }],
    ['is a recorder', { kind: 'service' }],
  ] as const)('is nobody who %s', (_, more) => {
    const live = { you: asHost, roster: roster(entry(2, more)) };
    expect(successors(live)).toEqual([]);
    expect(leavesWithoutHost(live)).toBe(false);
  });

  test('is asked of the host alone, and of nobody who is alone', () => {
    const two = roster(entry(2));
    expect(leavesWithoutHost({ you: asHost, roster: two })).toBe(true);
    expect(leavesWithoutHost({ you: you('co_host', [], 2), roster: two })).toBe(false);
    expect(leavesWithoutHost({ you: asHost, roster: roster() })).toBe(false);
  });
});
