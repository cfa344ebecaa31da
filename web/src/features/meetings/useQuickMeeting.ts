import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { answer, api } from '@/core/api/client';
import { currentLanguage } from '@/core/i18n';
import { preJoinPath } from './invitation';

/** 快速会议: makes a meeting of one's own and goes to its pre-join page. */
export function useQuickMeeting() {
  const router = useRouter();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/meetings', { body: { lang: currentLanguage() } })),
    onSuccess: ({ number, passcode }) => {
      void queryClient.invalidateQueries({ queryKey: ['meetings'] });
      router.history.push(preJoinPath({ number, passcode }));
    },
  });
}
