/**
 * The seat's resume credential. It lives in sessionStorage, so a reload takes the same seat back and
 * closing the tab forgets it. It names nobody. Where the browser forbids storage, a reload has no seat to come back to.
 */

const KEY = 'mcmeet.seat';

export interface SeatCredential {
  number: string;
  socket: string;
  resume: string;
  /** When this tab entered the meeting (ms since 1970): a reload does not begin anew. */
  enteredAt: number;
}

export type CredentialStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A browser that forbids storage throws at the word itself. */
function storageOfTab(): CredentialStorage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

export function readCredential(
  number: string,
  storage: CredentialStorage | null = storageOfTab(),
): SeatCredential | null {
  const text = storage?.getItem(KEY) ?? null;
  if (text === null) return null;
  try {
    const stored = JSON.parse(text) as Partial<SeatCredential>;
    const { socket, resume, enteredAt } = stored;
    if (stored.number !== number || typeof socket !== 'string' || typeof resume !== 'string') return null;
    return { number, socket, resume, enteredAt: typeof enteredAt === 'number' ? enteredAt : Date.now() };
  } catch {
    return null;
  }
}

export function writeCredential(
  credential: SeatCredential,
  storage: CredentialStorage | null = storageOfTab(),
): void {
  storage?.setItem(KEY, JSON.stringify(credential));
}

/** Leaves the entry alone when a later seat of this tab has written its own by now. */
export function dropCredential(
  { number, resume }: Pick<SeatCredential, 'number' | 'resume'>,
  storage: CredentialStorage | null = storageOfTab(),
): void {
  if (readCredential(number, storage)?.resume === resume) storage?.removeItem(KEY);
}
