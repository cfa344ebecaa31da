import { useTranslation } from 'react-i18next';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { errorText } from '@/core/errors';
import { sessionQuery } from '@/core/session';
import { JoinForm, useQuickMeeting } from '@/features/meetings';
import { Button } from '@/ui/Button';
import { useIsLeft } from '@/ui/useIsLeft';

/** 会议号, 加入会议 and 快速会议; the last one needs an account, asks for it and then goes on by itself. */
export function StartRow() {
  const { t } = useTranslation('landing');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const quick = useQuickMeeting();
  const isLeft = useIsLeft();
  // The press may come before it is known who is here.
  const start = useMutation({
    mutationFn: () => queryClient.ensureQueryData(sessionQuery),
    onSuccess: ({ account }) => {
      if (isLeft.current) return;
      if (account) quick.mutate();
      else
        void navigate({
          to: '/login',
          search: { next: '/app' },
          state: { startsMeeting: true },
        });
    },
  });
  const error = start.error ?? quick.error;

  return (
    <>
      <JoinForm size="large">
        <Button size="large" isPending={start.isPending || quick.isPending} onPress={() => start.mutate()}>
          {t('hero.quick')}
        </Button>
      </JoinForm>
      {error && (
        <p role="alert" className="mt-3 text-xs text-danger-text">
          {errorText(error)}
        </p>
      )}
    </>
  );
}
