import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearch } from '@tanstack/react-router';
import { useContinuation } from '@/core/continuation';
import { PhoneForm } from './PhoneForm';
import { SplitPage } from './SplitPage';
import { useSignedInAlready } from './useSignedInAlready';

export default function LoginPage(): ReactNode {
  const { t } = useTranslation('accounts');
  const continuation = useContinuation();
  const { next } = useSearch({ from: '/login' });
  useSignedInAlready(next);
  return (
    <SplitPage title={t('login.title')} subtitle={t('login.method')}>
      <PhoneForm action={t('login.action')} next={next} />
      <p className="mt-6 text-center text-xs text-ink-500">
        {t('login.no_account')}
        <Link
          to="/register"
          search={next ? { next } : {}}
          state={continuation}
          className="text-link underline underline-offset-4 hover:no-underline"
        >
          {t('register.title')}
        </Link>
      </p>
    </SplitPage>
  );
}
