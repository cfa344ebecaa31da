import { expect, test } from 'vitest';
import { partOfDay, previousRows, todayLine, type PreviousMeeting } from './previous';

const NOW = new Date(2026, 10, 24, 15, 0);
const WORDS = { today: '今天', yesterday: '昨天' };

function meeting(
  start: Date,
  end: Date | null,
  state: PreviousMeeting['state'] = end ? 'ended' : 'running',
): PreviousMeeting {
  return {
    number: '351322626',
    topic: '产品周会',
    started_at: start.toISOString(),
    ended_at: end?.toISOString() ?? null,
    state,
    passcode: '048213',
    link: null,
  };
}

function row(start: Date, end: Date | null, language: 'zh' | 'en' = 'zh') {
  const rows = previousRows([meeting(start, end)], NOW, language, WORDS);
  return rows[0];
}

test('a meeting of today shows its span and its length in minutes', () => {
  const shown = row(new Date(2026, 10, 24, 9, 5), new Date(2026, 10, 24, 9, 50));
  expect(shown).toMatchObject({ when: '今天 09:05–09:50', minutes: 45, number: '351 322 626' });
});

test('a running meeting leads back in, with its passcode in the fragment', () => {
  const shown = row(new Date(2026, 10, 24, 14, 30), null);
  expect(shown).toMatchObject({
    when: '今天 14:30',
    minutes: undefined,
    isWaiting: false,
    open: { number: '351322626', hash: 'p=048213' },
  });
});

test('a meeting that nobody has entered yet is waiting, and leads in', () => {
  const waiting = meeting(new Date(2026, 10, 24, 14, 30), null, 'not_started');
  const [shown] = previousRows([waiting], NOW, 'zh', WORDS);
  expect(shown).toMatchObject({ isWaiting: true, open: { number: '351322626' }, minutes: undefined });
});

test('an ended meeting leads nowhere', () => {
  expect(row(new Date(2026, 10, 24, 9, 0), new Date(2026, 10, 24, 9, 1))?.open).toBeUndefined();
});

test('a meeting of a few seconds counts as one minute', () => {
  expect(row(new Date(2026, 10, 24, 9, 0, 0), new Date(2026, 10, 24, 9, 0, 4))?.minutes).toBe(1);
});

test('last night is yesterday, even less than a day ago', () => {
  expect(row(new Date(2026, 10, 23, 23, 50), null)?.when).toBe('昨天 23:50');
});

test('older meetings carry their date, and their year when it is another one', () => {
  const older = [new Date(2026, 10, 20, 9, 0), new Date(2025, 11, 31, 9, 0)] as const;
  expect(row(older[0], null)?.when).toBe('11月20日 09:00');
  expect(row(older[1], null)?.when).toBe('2025年12月31日 09:00');
  expect(row(older[0], null, 'en')?.when).toBe('20 Nov 09:00');
});

test('midnight is 00:00, not 24:00', () => {
  expect(row(new Date(2026, 10, 24, 0, 0), null)?.when).toBe('今天 00:00');
});

test('the greeting follows the hour', () => {
  const hours = [4, 5, 11, 13, 18, 23].map((hour) => new Date(2026, 10, 24, hour));
  expect(hours.map(partOfDay)).toEqual(['evening', 'morning', 'noon', 'afternoon', 'evening', 'evening']);
});

test('the date line names the weekday and the time zone', () => {
  expect(todayLine(NOW, 'zh')).toMatch(/^2026年11月24日星期二 · (GMT|UTC)/);
});
