/** What people paste; fetched once something is typed, for no page needs it before. */

import { fromParts, isNumber, plain, readFragment, type Invitation } from './invitation';

const PASSCODE_DIGITS = 6;

const SEPARATOR = '[\\s.·-]{0,3}';
const NUMBER = `\\d(?:${SEPARATOR}\\d){8}`;
const THREE_BY_THREE = `\\d{3}(?:${SEPARATOR}\\d{3}){2}`;
const PASSCODE = `\\d(?:${SEPARATOR}\\d){5}`;

const LINK = '/j/(\\d{9})(?!\\d)(?:/?#([\\w=&-]*))?';
// An address is known by its scheme, or by the path of a link behind it.
const ADDRESS = new RegExp(`(?:https?://|(?<![\\w.-])(?=[\\w.:-]+/j/))([\\w.:[\\]-]*)(?:${LINK})?`, 'gi');
// Addresses of a local network, of which one server has many: no other meeting service is reached there.
const NEARBY = /^(localhost|[\d.]*|\[.*|.*\.local)(:|$)/i;
const DIGITS_ALONE = /^[\d\s#.·,;/()-]*$/;
const NUMBER_LABEL = '(?:会议\\s*(?:号码?|ID)|盟畅云会议|meeting (?:number|ID)|MCMeet)[\\s:#是为]*';
const PASSCODE_LABEL = '(?:密码|passcode|password)[\\s:是为]*';

const NUMBERS_IN_TEXT = [
  new RegExp(`${NUMBER_LABEL}(${NUMBER})(?!\\d)`, 'i'),
  new RegExp(`(?<![\\d-])(?!0)(${THREE_BY_THREE})(?![\\d-])`),
];
const LABELLED_PASSCODE = new RegExp(`${PASSCODE_LABEL}(${PASSCODE})(?!\\d)`, 'i');
// In threes, so that a date is none.
const PASSCODE_BEHIND = /^[\s,;/(-]{1,3}(\d{3}[\s-]?\d{3})(?![\d:-])/;

const OWN_NUMBER = new RegExp(
  `(?:会议\\s*号码?|盟畅云会议|meeting number|MCMeet)[\\s:#是为]*${NUMBER}(?!\\d)`,
  'i',
);

/** Why a text leads to no meeting of this server. */
export type Refusal = 'missing' | 'foreign' | 'length' | 'unreadable';

/**
 * Reads a 会议号 as people write it, with its 入会密码 behind it, a link to one of our `hosts` or a whole pasted
 * invitation; a number that the server's `clean_number` takes is taken here too.
 */
export function readInvitation(pasted: string, hosts: readonly string[]): Invitation | Refusal {
  const text = plain(pasted);
  if (text === '') return 'missing';
  const passcode = digits(LABELLED_PASSCODE.exec(text)?.[1]);
  const addresses = [...text.matchAll(ADDRESS)];
  const isOurs = ([, host = '']: readonly string[]) =>
    NEARBY.test(host) || hosts.includes(host.toLowerCase());
  const [, , linked, fragment = ''] = addresses.find((address) => address[2] && isOurs(address)) ?? [];
  if (linked) return fromParts(linked, { passcode, ...readFragment(fragment) });
  const others = addresses.filter((address) => !isOurs(address));
  // An agenda may be linked beside our number; a link into a meeting elsewhere says whose number it is.
  if (others.some((address) => address[2]) || (others.length > 0 && !OWN_NUMBER.test(text))) return 'foreign';
  if (DIGITS_ALONE.test(text) && /\d/.test(text)) return fromDigits(text.replace(/\D/g, ''));
  for (const pattern of NUMBERS_IN_TEXT) {
    const found = pattern.exec(text);
    if (found?.[1] === undefined) continue;
    const behind = PASSCODE_BEHIND.exec(text.slice(found.index + found[0].length))?.[1];
    return fromParts(found[1].replace(/\D/g, ''), { passcode: passcode ?? digits(behind) });
  }
  return 'unreadable';
}

function fromDigits(all: string): Invitation | Refusal {
  if (isNumber(all)) return { number: all };
  const [number, passcode] = [all.slice(0, -PASSCODE_DIGITS), all.slice(-PASSCODE_DIGITS)];
  if (isNumber(number)) return { number, passcode };
  return 'length';
}

function digits(text: string | undefined): string | undefined {
  return text?.replace(/\D/g, '');
}
