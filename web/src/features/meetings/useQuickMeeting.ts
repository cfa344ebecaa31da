import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { answer, api } from '@/core/api/client';
import { currentLanguage } from '@/core/i18n';
import { useIsLeft } from '@/ui/useIsLeft';
import { preJoinPath } from './invitation';

/** 快速会议: makes a meeting of one's own and goes to its pre-join page; whoever has gone elsewhere stays there. */
export function useQuickMeeting() {
  const router = useRouter();
  const queryClient = useQueryClient();
  const isLeft = useIsLeft();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/meetings', { body: { lang: currentLanguage(), reuse: true } })),
    onSuccess: ({ number, passcode }) => {
      void queryClient.invalidateQueries({ queryKey: ['meetings'] });
      if (!isLeft.current) router.history.push(preJoinPath({ number, passcode }));
    },
  });
}
