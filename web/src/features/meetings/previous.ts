import type { components } from '@/core/api/schema';
import type { Language } from '@/core/i18n';
import { groupedNumber } from '@/core/meeting-number';
import { invitationFragment, type Invitation } from './invitation';
import { zoneName } from './zone';

export type PreviousMeeting = components['schemas']['PreviousMeeting'];

const LOCALES: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' };
const MINUTE_MS = 60_000;

/** A row of 之前的会议, ready to be drawn. */
export interface PreviousRow {
  key: string;
  topic: string;
  number: string;
  /** 今天 14:00–15:00, 昨天 09:30, 11月20日 09:00–09:45 */
  when: string;
  /** Whole minutes, at least 1; `undefined` until the meeting is over. */
  minutes: number | undefined;
  /** Nobody has entered it yet. */
  isWaiting: boolean;
  /** By what a meeting that is not over is joined, or ended; `hash` is the link's fragment. */
  open: { number: string; hash: string } | undefined;
}

interface Day {
  today: string;
  yesterday: string;
}

export function previousRows(
  meetings: readonly PreviousMeeting[],
  now: Date,
  language: Language,
  words: Day,
): PreviousRow[] {
  return meetings.map((meeting) => {
    const started = new Date(meeting.started_at);
    const ended = meeting.ended_at === null ? undefined : new Date(meeting.ended_at);
    return {
      key: `${meeting.number} ${meeting.started_at}`,
      topic: meeting.topic,
      number: groupedNumber(meeting.number),
      when: `${day(started, now, language, words)} ${times(started, ended, language)}`,
      minutes: ended && Math.max(1, Math.round((ended.getTime() - started.getTime()) / MINUTE_MS)),
      isWaiting: meeting.state === 'not_started',
      open: meeting.state === 'ended' ? undefined : wayIn(meeting),
    };
  });
}

function wayIn({ number, passcode }: PreviousMeeting): { number: string; hash: string } {
  const invitation: Invitation = passcode === null ? { number } : { number, passcode };
  return { number, hash: invitationFragment(invitation) };
}

function times(started: Date, ended: Date | undefined, language: Language): string {
  const clock = new Intl.DateTimeFormat(LOCALES[language], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return ended ? `${clock.format(started)}–${clock.format(ended)}` : clock.format(started);
}

function day(date: Date, now: Date, language: Language, words: Day): string {
  const daysAgo = Math.round((midnight(now) - midnight(date)) / (24 * 60 * MINUTE_MS));
  if (daysAgo === 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  const sameYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(LOCALES[language], {
    ...(sameYear ? {} : { year: 'numeric' }),
    month: language === 'zh' ? 'long' : 'short',
    day: 'numeric',
  }).format(date);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** 2026年11月24日星期二 · GMT+8 */
export function todayLine(now: Date, language: Language): string {
  const locale = LOCALES[language];
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'full' }).format(now);
  const zone = new Intl.DateTimeFormat(locale, { timeZoneName: 'shortOffset' })
    .formatToParts(now)
    .find((part) => part.type === 'timeZoneName')?.value;
  return zone ? `${date} · ${zoneName(zone)}` : date;
}

export type PartOfDay = 'morning' | 'noon' | 'afternoon' | 'evening';

/** Hours at which the greeting changes. */
export function partOfDay(now: Date): PartOfDay {
  const hour = now.getHours();
  if (hour >= 5 && hour < 11) return 'morning';
  if (hour >= 11 && hour < 13) return 'noon';
  if (hour >= 13 && hour < 18) return 'afternoon';
  return 'evening';
}
