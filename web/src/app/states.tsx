import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { chunks } from '@/core/chunks';
import { reloadPage } from '@/core/chunks/reload';
import { errorText } from '@/core/errors';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { ErrorState } from '@/ui/ErrorState';
import { Logo } from '@/ui/Logo';
import { useOnline } from '@/ui/useOnline';

function Lonely({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <main
      id="main"
      className="mx-auto flex w-full max-w-md grow flex-col items-center justify-center gap-8 p-6"
    >
      <Logo name={t('product')} />
      {children}
    </main>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Lonely>
      <title>{`${t('page.not_found')} - ${t('product')}`}</title>
      <ErrorState isPage title={t('page.not_found')} hint={t('page.not_found_hint')}>
        <Link to="/" className={buttonClass({ look: 'primary' })}>
          {t('common.back_home')}
        </Link>
      </ErrorState>
    </Lonely>
  );
}

export function PageFailed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const isIncomplete = useStore(chunks, (state) => state.isIncomplete);
  const retry = () => void (isIncomplete ? reloadPage() : router.invalidate());
  useOnline(retry);
  return (
    <Lonely>
      <ErrorState
        isPage
        title={t('page.failed')}
        hint={isIncomplete ? t('page.incomplete_hint') : errorText(error)}
      >
        <Button look="primary" onPress={retry}>
          {t('common.retry')}
        </Button>
      </ErrorState>
    </Lonely>
  );
}

export function PagePending() {
  const { t } = useTranslation();
  return (
    <p role="status" className="grow p-16 text-center text-ink-500">
      {t('common.loading')}
    </p>
  );
}
