import { createStore } from 'zustand/vanilla';
import { ApiError } from '@/core/errors';
import type { Consent } from '@/core/session';

const HOME = '/app';
// An origin that no path of ours can leave; `URL` resolves tricks such as //host and /\host against it.
const HERE = 'http://here.invalid';

/** The path to go on to after signing in, if it is one of ours. */
export function nextPath(next: unknown): string | undefined {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, HERE)) return undefined;
  const { origin, pathname, search, hash } = new URL(next, HERE);
  // `/.//host` resolves to the path `//host`, which is another origin when it is resolved once more.
  if (origin !== HERE || pathname.startsWith('//')) return undefined;
  return pathname + search + hash;
}

/** Checked again where it is followed: what is in the address bar was typed by anybody. */
export function afterSignIn(next: unknown): string {
  return nextPath(next) ?? HOME;
}

export const COUNTRY_CODE = '+86';

/** What is typed behind +86, in the form that the server reads; a number with its own + stays as it is. */
export function internationalPhone(typed: string): string {
  // 00 is the home region's way to say + (ITU-T E.123).
  const phone = typed
    .normalize('NFKC')
    .replace(/[\s().\p{Pd}\p{Cf}]/gu, '')
    .replace(/^00/, '+');
  return phone === '' || phone.startsWith('+') ? phone : `${COUNTRY_CODE}${phone}`;
}

const OWN_CODE = /^[\s(\p{Cf}]*([+＋]|00)\s*86[\s)\p{Pd}]*/u;

/** What goes behind the +86 that the field shows: of a number that says it once more, the rest. */
export function behindCountryCode(typed: string): string {
  return typed.replace(OWN_CODE, '');
}

/** Whether +86 stands before it: not before another country's code, however its + is written. */
export function isAtHome(typed: string): boolean {
  return /^(\+86|$)/.test(internationalPhone(typed));
}

// 11 digits that begin with 13 to 19 at home; abroad at most 15 with the country's (ITU-T E.164 §6).
const MAY_BE_PHONE = /^\+(861[3-9]\d{9}|(?!86)\d{6,15})$/;

/** What can be no mobile number is said before anything is asked or sent; the server knows more, and decides. */
export function phoneRefusal(typed: string): ApiError | null {
  return MAY_BE_PHONE.test(internationalPhone(typed)) ? null : new ApiError('phone_invalid', 0, {});
}

/** Six digits from what was typed or pasted, full-width ones too. */
export function codeDigits(typed: string): string {
  return typed.normalize('NFKC').replace(/\D/g, '').slice(0, 6);
}

/** Whole seconds until `until`, never below 0. */
export function secondsLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** A verified number that has no account yet: proof for 注册, lost with the page on purpose. */
export interface PendingRegistration {
  registration: string;
  consent: Consent;
}

export const pendingRegistration = createStore<{ current: PendingRegistration | null }>(() => ({
  current: null,
}));
