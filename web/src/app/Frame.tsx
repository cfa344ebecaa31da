import { useTranslation } from 'react-i18next';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { chunks } from '@/core/chunks';
import { useSession } from '@/core/session';
import { Announcer } from '@/ui/Announcer';
import { Button } from '@/ui/Button';
import { skipToMain } from './main-focus';

/** What is around every page: the demo banner and the region that speaks to screen readers. */
export function Frame() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <>
      <Button look="primary" className="fixed -top-16 left-2 z-50 focus:top-2" onPress={skipToMain}>
        {t('skip')}
      </Button>
      {session?.mode === 'demo' && (
        <section aria-label={t('demo_label')}>
          <p role="note" className="bg-warn-ground px-4 py-1.5 text-center text-xs text-balance text-warn">
            {t('demo')}
          </p>
        </section>
      )}
      <Incomplete />
      <Outlet />
      <Announcer />
    </>
  );
}

/** A server that was upgraded has other files by now: only a reload fetches them. A meeting says so among its notices. */
function Incomplete() {
  const { t } = useTranslation();
  const isIncomplete = useStore(chunks, (state) => state.isIncomplete);
  const isMeeting = useRouterState({ select: ({ location }) => location.pathname.startsWith('/room/') });
  if (!isIncomplete || isMeeting) return null;
  return (
    <div className="flex items-center justify-center gap-3 bg-warn-ground px-4 py-1.5 text-xs text-warn">
      <p role="status">{t('page.incomplete')}</p>
      <Button size="small" onPress={() => window.location.reload()}>
        {t('page.reload')}
      </Button>
    </div>
  );
}
