/** What an invitation says about where to go. */
export interface Invitation {
  /** 9 digits. */
  number: string;
  passcode?: string;
  hostKey?: string;
}

/** The number that an address names, grouped or not; `undefined` when no meeting can have it. */
export function readNumber(typed: string): string | undefined {
  const number = compact(typed);
  return isNumber(number) ? number : undefined;
}

/** Six digits as they are typed or pasted; `undefined` when it is no 入会密码. */
export function readPasscode(typed: string): string | undefined {
  const passcode = compact(typed);
  return /^\d{6}$/.test(passcode) ? passcode : undefined;
}

function compact(typed: string): string {
  return plain(typed).replace(/[\s.·-]/g, '');
}

/** NFKC turns full-width digits, colons and number signs into their ASCII forms; what nobody sees goes. */
export function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .trim();
}

/** Number alone, or number and passcode: a field of one line joins what was pasted from two. */
export function isNumber(text: string): boolean {
  return /^\d{9}$/.test(text);
}

interface Secrets {
  passcode?: string | undefined;
  hostKey?: string | undefined;
}

/** `p=<入会密码>[&h=<host key>]`: the fragment of a link, which no server and no log ever sees. */
export function readFragment(fragment: string): Secrets {
  const values = new URLSearchParams(fragment.replace(/^#/, ''));
  const secrets: Secrets = {};
  // Of a link that was cut, none is left: it is asked for.
  const passcode = readPasscode(values.get('p') ?? '');
  const hostKey = values.get('h');
  if (passcode) secrets.passcode = passcode;
  if (hostKey) secrets.hostKey = hostKey;
  return secrets;
}

export function fromParts(number: string, { passcode, hostKey }: Secrets): Invitation {
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
