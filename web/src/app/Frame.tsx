import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { useSpoken } from '@/core/announce/useSpoken';
import { chunks } from '@/core/chunks';
import { reloadPage } from '@/core/chunks/reload';
import { useSession } from '@/core/session';
import { signingOut, staySignedIn, trySignOutNow } from '@/core/session/sign-out';
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
          <p role="note" className="bg-warn-ground px-4 py-1.5 phrases text-center text-xs text-warn">
            {t('demo')}
          </p>
        </section>
      )}
      <Incomplete />
      <SigningOut />
      <Outlet />
      <Announcer />
    </>
  );
}

/** A server that was upgraded has other files by now: only a reload fetches them. A meeting says so among its notices. */
function Incomplete() {
  const { t } = useTranslation();
  const isIncomplete = useStore(chunks, (state) => state.isIncomplete);
  const isSigningOut = useStore(signingOut, (state) => state.isWaiting);
  const isMeeting = useRouterState({ select: ({ location }) => location.pathname.startsWith('/room/') });
  const hasFailed = useRouterState({
    select: ({ matches }) => matches.some(({ status }) => status === 'error'),
  });
  // A page that could not be opened at all says it in its place; who is to be signed out waits for the same server.
  if (!isIncomplete || isMeeting || hasFailed || isSigningOut) return null;
  return (
    <Strip text={t('page.incomplete')}>
      <Button size="small" onPress={() => void reloadPage()}>
        {t('common.retry')}
      </Button>
    </Strip>
  );
}

/** Only the server can end a session: until it answers, the person knows that they are signed in still. */
function SigningOut() {
  const { t } = useTranslation();
  const isWaiting = useStore(signingOut, (state) => state.isWaiting);
  if (!isWaiting) return null;
  return (
    <Strip text={t('account.signing_out')}>
      <Button size="small" onPress={trySignOutNow}>
        {t('common.retry')}
      </Button>
      <Button size="small" look="quiet" onPress={staySignedIn}>
        {t('account.stay')}
      </Button>
    </Strip>
  );
}

/** Above the page: what is the matter, and what one can do. */
function Strip({ text, children }: { text: string; children: ReactNode }) {
  useSpoken(text);
  return (
    <div className="sticky top-0 z-40 flex flex-wrap items-center justify-center gap-x-3 gap-y-2 bg-warn-ground px-4 py-1.5 text-xs text-warn">
      <p className="phrases text-center">{text}</p>
      <div className="flex gap-2">{children}</div>
    </div>
  );
}
