import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearch } from '@tanstack/react-router';
import { useStore } from 'zustand';
import { useContinuation } from '@/core/continuation';
import { PhoneForm } from './PhoneForm';
import { ProfileForm } from './ProfileForm';
import { SplitPage } from './SplitPage';
import { pendingRegistration } from './state';
import { useSignedInAlready } from './useSignedInAlready';

/** Step one proves the number, step two asks the name and the e-mail address (clause 1.2). */
export default function RegisterPage(): ReactNode {
  const { t } = useTranslation('accounts');
  const continuation = useContinuation();
  const { next } = useSearch({ from: '/register' });
  useSignedInAlready(next);
  const pending = useStore(pendingRegistration, (state) => state.current);
  if (pending) {
    return (
      <SplitPage title={t('register.title')} subtitle={t('register.profile')}>
        <ProfileForm pending={pending} next={next} />
      </SplitPage>
    );
  }
  return (
    <SplitPage title={t('register.title')} subtitle={t('register.phone')}>
      <PhoneForm action={t('register.continue')} next={next} />
      <p className="mt-6 text-center text-xs text-ink-500">
        {t('register.has_account')}
        <Link
          to="/login"
          search={next ? { next } : {}}
          state={continuation}
          className="text-link underline underline-offset-4 hover:no-underline"
        >
          {t('login.title')}
        </Link>
      </p>
    </SplitPage>
  );
}
