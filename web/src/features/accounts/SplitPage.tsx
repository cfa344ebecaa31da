import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import { LanguageSwitch } from '@/ui/LanguageSwitch';
import { Logo } from '@/ui/Logo';
import { PageHeader } from '@/ui/PageHeader';

interface SplitPageProps {
  title: string;
  subtitle: string;
  children: ReactNode;
}

/** A promise about data on the left, the form on the right; phones see the form alone. */
export function SplitPage({ title, subtitle, children }: SplitPageProps) {
  const { t } = useTranslation(['accounts', 'core']);
  return (
    <div className="flex grow">
      <aside className="flex w-[52%] flex-col justify-between bg-promise p-12 text-white max-lg:hidden">
        <Link to="/" className="self-start rounded-tile text-lg font-semibold focus-visible:outline-white">
          {t('core:product')}
        </Link>
        <div>
          <p className="text-2xl font-semibold whitespace-pre-line">{t('promise.title')}</p>
          <p className="mt-4 max-w-96 text-brand-100">{t('promise.text')}</p>
        </div>
        <p className="text-xs text-brand-100">{t('promise.foot')}</p>
      </aside>
      <div className="flex grow flex-col">
        <div className="flex h-16 items-center justify-between px-6">
          <Link to="/" className="flex rounded-tile lg:invisible">
            <Logo name={t('core:product')} />
          </Link>
          <LanguageSwitch className="max-sm:-mr-2 max-sm:px-2" />
        </div>
        <main
          id="main"
          className="mx-auto flex w-full max-w-[26.75rem] grow flex-col justify-center p-6 max-lg:justify-start max-lg:pt-10 lg:pb-24"
        >
          <PageHeader title={title} subtitle={subtitle} />
          <div className="mt-8">{children}</div>
        </main>
      </div>
    </div>
  );
}
