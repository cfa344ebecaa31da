import { createStore } from 'zustand/vanilla';
import { answer, api } from '../api/client';
import { isCode, UNREACHABLE } from '../errors';

/** The browser's word about being online says nothing of a server in this building: it is asked again all the same. */
const AGAIN_AFTER_MS = 5_000;

/**
 * `isWaiting`: somebody wants to be signed out, and the server, which alone can do it, does not answer.
 * In memory only: who reloads without a network has no page either, and its session ends by age.
 */
export const signingOut = createStore(() => ({ isWaiting: false }));

let wake = (): void => undefined;

/** Asks at once, not only after a while. */
export function trySignOutNow(): void {
  wake();
}

/** Stays signed in after all. */
export function staySignedIn(): void {
  signingOut.setState({ isWaiting: false });
  wake();
}

/** Ends the login session on the server, however long that takes; false when the person chose to stay. */
export async function endSession(): Promise<boolean> {
  try {
    while (!(await isEnded())) {
      signingOut.setState({ isWaiting: true });
      await untilNextTry();
      if (!signingOut.getState().isWaiting) return false;
    }
    return true;
  } finally {
    signingOut.setState({ isWaiting: false });
  }
}

/** Throws what the server refused. */
async function isEnded(): Promise<boolean> {
  try {
    await answer(api.POST('/api/auth/logout'));
    return true;
  } catch (error) {
    if (isCode(error, UNREACHABLE)) return false;
    throw error;
  }
}

function untilNextTry(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(next, AGAIN_AFTER_MS);
    function next() {
      clearTimeout(timer);
      removeEventListener('online', next);
      resolve();
    }
    wake = next;
    addEventListener('online', next);
  });
}
