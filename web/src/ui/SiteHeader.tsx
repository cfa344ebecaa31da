import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import { useSession } from '@/core/session';
import { buttonClass } from './buttonClass';
import { LanguageSwitch } from './LanguageSwitch';
import { Logo } from './Logo';

/** Head of the pages that need no account. */
export function SiteHeader({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <header className="mx-auto flex h-16 w-full max-w-300 shrink-0 items-center justify-between gap-4 px-6">
      <Link to="/" className="flex rounded-tile">
        <Logo name={t('product')} />
      </Link>
      {children}
      <div className="flex items-center gap-2">
        <LanguageSwitch className="max-sm:px-2" />
        {session?.account ? (
          <Link to="/app" className={buttonClass({ look: 'primary' })}>
            {t('account.my_meetings')}
          </Link>
        ) : (
          <>
            <Link to="/login" className={buttonClass({})}>
              {t('account.sign_in')}
            </Link>
            <Link to="/register" className={buttonClass({ look: 'primary', className: 'max-sm:hidden' })}>
              {t('account.sign_up')}
            </Link>
          </>
        )}
      </div>
    </header>
  );
}
