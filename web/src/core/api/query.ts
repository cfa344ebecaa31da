import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, isCode, UNREACHABLE } from '../errors';
import { sessionQuery } from '../session';

const RETRIES = 2;

/** Only an unreachable server is asked again: an error answer stays the same. */
function worthRetrying(failures: number, error: unknown): boolean {
  return failures < RETRIES && error instanceof ApiError && error.code === UNREACHABLE;
}

/** Signed out in another tab, on the server or by age: who is here is asked anew, and the pages follow that. */
function onError(error: unknown): void {
  if (isCode(error, 'unauthenticated')) void queryClient.invalidateQueries(sessionQuery);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  // The browser's word about being online says nothing of a server on this machine or in this building, and
  // a request that waits for it in silence would be sent when nobody expects it any more.
  defaultOptions: {
    queries: { retry: worthRetrying, networkMode: 'always', refetchOnReconnect: true },
    mutations: { networkMode: 'always' },
  },
});
