import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { announce } from '../announce';
import { errorText } from '../errors';
import { sessionChanged } from '.';
import { endSession } from './sign-out';

/**
 * Ends the login session on the server, forgets what was read with it and goes home: not before the server has done it.
 * Until then app/Frame says so (`signingOut`).
 */
export function useSignOut() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: endSession,
    onError: (error) => announce(errorText(error)),
    onSuccess: async (isSignedOut) => {
      if (!isSignedOut) return;
      await navigate({ to: '/' });
      await sessionChanged(queryClient);
    },
  });
}
