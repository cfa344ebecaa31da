/** What an invitation says about where to go. */
export interface Invitation {
  /** 9 digits; the server takes up to 11. */
  number: string;
  passcode?: string;
  hostKey?: string;
}

const PASSCODE_DIGITS = 6;

const SEPARATOR = '[\\s.·-]{0,3}';
const NUMBER = `\\d(?:${SEPARATOR}\\d){8,10}`;
const THREE_BY_THREE = `\\d{3}${SEPARATOR}\\d{3}${SEPARATOR}\\d{3}`;
const PASSCODE = `\\d(?:${SEPARATOR}\\d){5}`;

const LINK = /\/j\/(\d{9,11})(?!\d)(?:\/?#([A-Za-z0-9=&_-]*))?/;
const DIGITS_ALONE = /^[\d\s#.·,;/()-]*$/;
const NUMBER_LABEL = '(?:会议\\s*(?:号码?|ID)|盟畅云会议|meeting (?:number|ID)|MCMeet)[\\s:#是为]*';
const PASSCODE_LABEL = '(?:密码|passcode|password)[\\s:是为]*';

// The commonest grouping first: what follows a number, a time say, is not taken for more of it.
const NUMBERS_IN_TEXT = [
  new RegExp(`${NUMBER_LABEL}(${THREE_BY_THREE})(?!\\d)`, 'i'),
  new RegExp(`${NUMBER_LABEL}(${NUMBER})(?!\\d)`, 'i'),
  new RegExp(`(?<![\\d-])(?!0)(${THREE_BY_THREE})(?![\\d-])`),
];
const LABELLED_PASSCODE = new RegExp(`${PASSCODE_LABEL}(${PASSCODE})(?!\\d)`, 'i');
// In threes, so that a date is none.
const PASSCODE_BEHIND = /^[\s,;/(-]{1,3}(\d{3}[\s-]?\d{3})(?![\d:-])/;

/**
 * Reads a 会议号 as people write it, with its 入会密码 behind it, a link or a whole pasted invitation; a number that
 * the server's `clean_number` takes is taken here too. `undefined` when there is no meeting number in it.
 */
export function readInvitation(pasted: string): Invitation | undefined {
  const text = plain(pasted);
  const passcode = digits(LABELLED_PASSCODE.exec(text)?.[1]);
  const link = LINK.exec(text);
  if (link?.[1]) return fromParts(link[1], { passcode, ...readFragment(link[2] ?? '') });
  if (DIGITS_ALONE.test(text)) return fromDigits(text.replace(/\D/g, ''));
  for (const pattern of NUMBERS_IN_TEXT) {
    const found = pattern.exec(text);
    if (found?.[1] === undefined) continue;
    const behind = PASSCODE_BEHIND.exec(text.slice(found.index + found[0].length))?.[1];
    return fromParts(found[1].replace(/\D/g, ''), { passcode: passcode ?? digits(behind) });
  }
  return undefined;
}

/** The number that an address names, grouped or not; `undefined` when no meeting can have it. */
export function readNumber(typed: string): string | undefined {
  const number = plain(typed).replace(/[\s.·-]/g, '');
  return isNumber(number) ? number : undefined;
}

/** Six digits as they are typed or pasted; `undefined` when it is no 入会密码. */
export function readPasscode(typed: string): string | undefined {
  const passcode = plain(typed).replace(/[\s.·-]/g, '');
  return /^\d{6}$/.test(passcode) ? passcode : undefined;
}

/** NFKC turns full-width digits, colons and number signs into their ASCII forms; what nobody sees goes. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .trim();
}

/** Number alone, or number and passcode: a field of one line joins what was pasted from two. */
function fromDigits(all: string): Invitation | undefined {
  if (isNumber(all)) return { number: all };
  const [number, passcode] = [all.slice(0, -PASSCODE_DIGITS), all.slice(-PASSCODE_DIGITS)];
  return isNumber(number) ? { number, passcode } : undefined;
}

function isNumber(text: string): boolean {
  return /^\d{9,11}$/.test(text);
}

function digits(text: string | undefined): string | undefined {
  return text?.replace(/\D/g, '');
}

interface Secrets {
  passcode?: string | undefined;
  hostKey?: string | undefined;
}

/** `p=<入会密码>[&h=<host key>]`: the fragment of a link, which no server and no log ever sees. */
export function readFragment(fragment: string): Secrets {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const secrets: Secrets = {};
  const passcode = values.get('p');
  const hostKey = values.get('h');
  if (passcode) secrets.passcode = passcode;
  if (hostKey) secrets.hostKey = hostKey;
  return secrets;
}

function fromParts(number: string, { passcode, hostKey }: Secrets): Invitation {
  return { number, ...(passcode && { passcode }), ...(hostKey && { hostKey }) };
}

/** `p=…&h=…`, empty when there is no secret. */
export function invitationFragment({ passcode, hostKey }: Invitation): string {
  const values = new URLSearchParams();
  if (passcode) values.set('p', passcode);
  if (hostKey) values.set('h', hostKey);
  return values.toString();
}

/** Path of the pre-join page, secrets in the fragment. */
export function preJoinPath(invitation: Invitation): string {
  const fragment = invitationFragment(invitation);
  return `/j/${invitation.number}${fragment && `#${fragment}`}`;
}
