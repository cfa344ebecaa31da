import { useTranslation } from 'react-i18next';
import { useNavigate } from '@tanstack/react-router';
import { errorText } from '@/core/errors';
import { useSession } from '@/core/session';
import { JoinForm, useQuickMeeting } from '@/features/meetings';
import { Button } from '@/ui/Button';

/** 会议号, 加入会议 and 快速会议; the last one needs an account, asks for it and then goes on by itself. */
export function StartRow() {
  const { t } = useTranslation('landing');
  const navigate = useNavigate();
  const session = useSession();
  const quick = useQuickMeeting();

  function start() {
    if (session?.account) quick.mutate();
    else
      void navigate({
        to: '/login',
        search: { next: '/app' },
        state: { startsMeeting: true },
      });
  }

  return (
    <>
      <JoinForm size="large">
        <Button size="large" isPending={quick.isPending} onPress={start}>
          {t('hero.quick')}
        </Button>
      </JoinForm>
      {quick.error && (
        <p role="alert" className="mt-3 text-xs text-danger-text">
          {errorText(quick.error)}
        </p>
      )}
    </>
  );
}
