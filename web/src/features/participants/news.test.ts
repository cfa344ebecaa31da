import { describe, expect, test } from 'vitest';
import type { LiveEvent, RosterEntry } from '@/core/live/protocol';
import { casesOf, seen, type Recording } from '@/core/live/recording';
import { applyEvent, type LiveState } from '@/core/live/state';
import { givenName, roleLost, roleNews, shareNews, type RoleNews } from './news';
import { participantsState } from './state';

const RECORDED = import.meta.glob<Recording[]>('./recorded/{hand-over,set-role}.json', {
  eager: true,
  import: 'default',
});

function seatedAs(seat: number, live: LiveState): LiveState {
  return { ...live, you: { ...live.you, seat } };
}

/** What somebody is told of these events, in turn. */
function told(start: LiveState, events: readonly LiveEvent[]): RoleNews[] {
  const heard: RoleNews[] = [];
  let live = start;
  for (const event of events) {
    const news = roleNews(event, live);
    if (news !== null) heard.push(news);
    live = applyEvent(live, event, []);
  }
  return heard;
}

/** By who watches, in the recording of one command. */
function toldInRecording(name: string): Record<string, RoleNews[]> {
  const cases = casesOf(RECORDED).filter((recorded) => recorded.name === `${name}.json`);
  expect(cases.length).toBeGreaterThan(3);
  return Object.fromEntries(
    cases.map(({ viewer, before, events }) => {
      const live = seen(before, []);
      const own = [...live.roster.values()].find((person) => person.name === viewer);
      return [viewer, told(seatedAs(own?.seat ?? 0, live), events)];
    }),
  );
}

describe('what people hear of roles', () => {
  test('a hand-over is told to everybody once, and to the new host as theirs', () => {
    const others = [{ word: 'host', name: '周航' }];
    expect(toldInRecording('hand-over')).toEqual({
      林晓: others,
      何静: others,
      Emma: others,
      周航: [{ word: 'you_host', name: '周航' }],
      王睿: [],
    });
  });

  test('who becomes a co-host hears so, and nobody else', () => {
    expect(toldInRecording('set-role')).toEqual({
      林晓: [],
      何静: [],
      Emma: [],
      周航: [{ word: 'you_co_host', name: '周航' }],
      王睿: [],
    });
  });
});

const person = (seat: number, name: string, role: RosterEntry['role'], state = 'here') =>
  ({ seat, name, role, state, space: 'main' }) as RosterEntry;
const lin = person(1, '林晓', 'host');
const zhou = person(2, '周航', 'participant');
const event = (type: string, data: object) => ({ type, at: '', by: null, data }) as LiveEvent;
const meetingOf = (you: number, ...roster: RosterEntry[]) =>
  seatedAs(you, seen({ roster } as unknown as Recording['before'], []));

test('who is a co-host no more hears so', () => {
  const before = meetingOf(2, lin, { ...zhou, role: 'co_host' });
  expect(told(before, [event('roster.changed', zhou)])).toEqual([{ word: 'you_no_co_host', name: '周航' }]);
});

test('the host of record who comes back has the meeting again, and whoever held it hears so', () => {
  const before = meetingOf(2, { ...zhou, role: 'host' });
  const events = [event('roster.joined', lin), event('roster.changed', zhou)];
  expect(told(before, events)).toEqual([{ word: 'host', name: '林晓' }]);
});

test('who stays hears that the host has gone and nobody follows', () => {
  expect(told(meetingOf(2, lin, zhou), [event('roster.left', { seat: 1 })])).toEqual([
    { word: 'no_host', name: '林晓' },
  ]);
});

test.each([
  ['the host comes into a meeting that has none', [zhou], 'roster.joined', lin],
  ['somebody else comes', [lin], 'roster.joined', zhou],
  ['the host was away and is back', [{ ...lin, state: 'away' as const }, zhou], 'roster.changed', lin],
  ['somebody has another name', [lin, zhou], 'roster.changed', { ...zhou, name: '周航（上海）' }],
  ['somebody else leaves', [lin, zhou], 'roster.left', { seat: 2 }],
])('no role is news when %s', (_, roster, type, data) => {
  expect(told(meetingOf(2, ...roster), [event(type, data)])).toEqual([]);
});

test.each([
  ['who was co-host', 'co_host', 'participant', 'you_no_co_host'],
  ['who held the meeting', 'host', 'participant', 'you_no_host'],
  ['who is host again', 'host', 'host', null],
  ['an account that is co-host again', 'co_host', 'co_host', null],
  ['whoever was nothing more', 'participant', 'participant', null],
] as const)('who comes back after too long hears of a role that was lost: %s', (_, was, is, word) => {
  const before = meetingOf(2, { ...zhou, role: was });
  expect(roleLost(before, meetingOf(2, lin, { ...zhou, role: is }))).toBe(word);
});

test.each([
  ['by a host is told', 2, 1, '周航（上海）'],
  ['by oneself is not', 2, 2, null],
  ['by coming back with it is not', 2, null, null],
  ['to somebody else is not', 1, 1, null],
])('a name that was given %s', (_, you, by, name) => {
  const before = meetingOf(you, lin, zhou);
  const changed = (entry: RosterEntry) => ({ ...event('roster.changed', entry), by }) as LiveEvent;
  expect(givenName(changed({ ...zhou, name: '周航（上海）' }), before)).toBe(name);
  expect(givenName(changed({ ...zhou, state: 'away' }), before)).toBeNull();
});

const media = (seat: number, sources: object) => event('participants.media', { seat, sources, barred: [] });

/** What 周航 hears of these, in turn. */
function heard(...events: LiveEvent[]) {
  const before = seen({ roster: [lin, zhou] } as unknown as Recording['before'], [participantsState]);
  let live = seatedAs(2, before);
  return events.map((happened) => {
    const news = shareNews(happened, live);
    live = applyEvent(live, happened, [participantsState]);
    return news;
  });
}

describe('a shared screen', () => {
  test('of somebody else is news when it begins and when it ends, whatever else they switch', () => {
    const [camera, screen_share] = ['on', 'on'];
    expect(
      heard(
        media(1, { camera }),
        media(1, { camera, screen_share }),
        media(1, { screen_share }),
        media(1, {}),
      ),
    ).toEqual([null, { word: 'begun', name: '林晓' }, null, { word: 'ended', name: '林晓' }]);
  });

  test('of one’s own, or of somebody who has left, is none', () => {
    expect(heard(media(2, { screen_share: 'on' }), media(9, { screen_share: 'on' }))).toEqual([null, null]);
  });
});
