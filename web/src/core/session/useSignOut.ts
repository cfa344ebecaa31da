import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { announce } from '../announce';
import { answer, api } from '../api/client';
import { errorText } from '../errors';
import { sessionChanged } from '.';

/** Ends the login session on the server, forgets what was read with it and goes home. */
export function useSignOut() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/auth/logout')),
    onError: (error) => announce(errorText(error)),
    onSuccess: async () => {
      await navigate({ to: '/' });
      await sessionChanged(queryClient);
    },
  });
}
