import { useEffect } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { sessionQuery } from '@/core/session';
import { afterSignIn } from './state';

/** Whoever comes signed in, by Back perhaps, has nothing to do here: they go on to where they were going. */
export function useSignedInAlready(next: string | undefined): void {
  const queryClient = useQueryClient();
  const { history } = useRouter();
  useEffect(() => {
    let isHere = true;
    void queryClient
      .ensureQueryData(sessionQuery)
      .then(({ account }) => account && isHere && history.replace(afterSignIn(next)))
      .catch(() => undefined); // the form says what it needs
    return () => {
      isHere = false;
    };
  }, [queryClient, history, next]);
}
