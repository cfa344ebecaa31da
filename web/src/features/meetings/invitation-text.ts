/** The words that people paste into chats; `readInvitation` reads them back. */

import type { TFunction } from 'i18next';
import type { Language } from '@/core/i18n';
import { invitationFragment } from './invitation';
import { zoneName } from './zone';

export interface InvitationFacts {
  /** Who invites. */
  name: string;
  topic: string;
  number: string;
  passcode: string | undefined;
  startedAt: string;
  /** `https://host[:port]`, as people type it. */
  origin: string;
}

/** The passcode is in the fragment: no server on the way sees it. */
export function invitationLink({ origin, number, passcode }: InvitationFacts): string {
  const fragment = passcode === undefined ? '' : invitationFragment({ number, passcode });
  return `${origin}/j/${number}${fragment && `#${fragment}`}`;
}

/** 123456789 → 123-456-789 */
export function hyphenated(number: string): string {
  return number.replace(/(\d{3})(?=\d)/g, '$1-');
}

export function invitationText(t: TFunction<'meetings'>, facts: InvitationFacts, language: Language): string {
  const { name, topic, number, passcode } = facts;
  const lines = [
    t('invite.text.invites', { name }),
    t('invite.text.topic', { topic }),
    t('invite.text.time', { time: timeText(facts.startedAt, language) }),
    '',
    t('invite.text.link', { link: invitationLink(facts) }),
    '',
    t('invite.text.number', { number: hyphenated(number) }),
    ...(passcode === undefined ? [] : [t('invite.text.passcode', { passcode })]),
    '',
    t('invite.text.end', { origin: facts.origin }),
  ];
  return lines.join('\n');
}

/** 2026-03-09 14:00 GMT+8 */
function timeText(at: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  });
  const part = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute} ${zoneName(part.timeZoneName)}`;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}
