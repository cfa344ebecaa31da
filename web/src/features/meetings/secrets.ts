/**
 * Passcode and host key come in the link's fragment. They move from the address bar into the entry of the
 * tab's history, so that a reload still knows them and nobody reads them over a shoulder.
 */

import type { RouterHistory } from '@tanstack/react-router';
import { lastPasscode } from '@/room';
import { readFragment } from './invitation';
import type { Secrets } from './join';

declare module '@tanstack/react-router' {
  interface HistoryState extends Secrets {}
}

export function keptSecrets(history: RouterHistory, number: string): Secrets {
  const { hash, state } = history.location;
  const read = { passcode: lastPasscode(number), ...state, ...readFragment(hash) };
  return {
    ...(read.passcode && { passcode: read.passcode }),
    ...(read.hostKey && { hostKey: read.hostKey }),
  };
}

export function keepSecrets(history: RouterHistory, path: string, secrets: Secrets): void {
  if (history.location.hash !== '') history.replace(path, secrets);
}
