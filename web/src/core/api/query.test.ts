import { expect, test } from 'vitest';
import { ApiError } from '../errors';
import { sessionQuery } from '../session';
import { queryClient } from './query';

const { queryKey } = sessionQuery;
const signedIn = { account: { name: '林晓' } } as never;

/** What the server answers, to a read and to a change. */
async function refused(how: 'read' | 'change', code: string): Promise<void> {
  const fail = () => Promise.reject(new ApiError(code, 401, {}));
  const asked =
    how === 'read'
      ? queryClient.fetchQuery({ queryKey: ['meetings'], queryFn: fail })
      : queryClient.getMutationCache().build(queryClient, { mutationFn: fail }).execute(undefined);
  await asked.catch(() => undefined);
}

test.each([
  ['read', 'unauthenticated', true],
  ['change', 'unauthenticated', true],
  ['read', 'forbidden', false],
  ['change', 'too_many_requests', false],
] as const)(
  'after a %s that is refused with %s, who is here is asked anew: %s',
  async (how, code, isAsked) => {
    queryClient.setQueryData(queryKey, signedIn);
    await refused(how, code);
    expect(queryClient.getQueryState(queryKey)?.isInvalidated).toBe(isAsked);
  },
);
