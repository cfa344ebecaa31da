import type { ReactNode } from 'react';
import { LogIn, MonitorUp, ServerCog, ShieldCheck, UsersRound, Video, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/core/session';
import { PageTitle } from '@/ui/PageTitle';
import { SiteFooter } from '@/ui/SiteFooter';
import { SiteHeader } from '@/ui/SiteHeader';
import { DrawnMeeting } from './DrawnMeeting';
import { StartRow } from './StartRow';

const CARDS = [
  ['calls', Video],
  ['sharing', MonitorUp],
  ['guests', LogIn],
  ['hosts', UsersRound],
  ['own_server', ServerCog],
  ['consent', ShieldCheck],
] as const satisfies ReadonlyArray<readonly [string, LucideIcon]>;

/** Laid out when somebody scrolls there: on a phone the first picture does not wait for it. */
const BELOW = '[content-visibility:auto] [contain-intrinsic-size:auto_60rem]';

const FIGURES = ['guest', 'account', 'third_parties'] as const;

export default function LandingPage(): ReactNode {
  const { t } = useTranslation('landing');
  return (
    <>
      <PageTitle />
      <SiteHeader>
        <nav aria-label={t('nav.label')} className="flex gap-8 text-ink-700 max-lg:hidden">
          <a href="#features" className="hover:text-link">
            {t('nav.features')}
          </a>
          <a href="#data" className="hover:text-link">
            {t('nav.data')}
          </a>
        </nav>
      </SiteHeader>
      <main id="main" className="grow">
        <Hero />
        <Features />
        <Data />
      </main>
      <SiteFooter />
    </>
  );
}

function Hero() {
  const { t } = useTranslation('landing');
  const operator = useSession()?.operator.name;
  return (
    <section className="mx-auto grid w-full max-w-300 items-center gap-12 px-6 py-10 lg:grid-cols-[minmax(0,10fr)_minmax(0,11fr)] lg:pt-14 lg:pb-20">
      <div>
        <h1 className="text-[2.25rem]/tight font-semibold phrases [letter-spacing:-0.025em] lg:text-hero">
          {t('hero.title')}
        </h1>
        <p className="mt-5 mb-8 max-w-[34rem] text-md text-ink-500">
          {/* Each sentence breaks as a whole first: Chinese may break anywhere. */}
          <span className="inline-block">{t('hero.calls')}</span>{' '}
          <span className="inline-block">{t('hero.data')}</span>
        </p>
        <StartRow />
        <p className="mt-4 text-xs text-ink-500">
          {t('hero.proof')}
          {operator && (
            <span className="max-sm:block">
              <span className="max-sm:hidden"> · </span>
              {t('hero.operator', { name: operator })}
            </span>
          )}
        </p>
      </div>
      <DrawnMeeting />
    </section>
  );
}

function Features() {
  const { t } = useTranslation('landing');
  return (
    <section id="features" aria-labelledby="features-title" className={`${BELOW} bg-ground`}>
      <div className="mx-auto w-full max-w-300 px-6 py-16">
        <h2 id="features-title" className="text-2xl font-semibold">
          {t('features.title')}
        </h2>
        <ul className="mt-8 grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {CARDS.map(([name, Icon]) => (
            <li key={name} className="rounded-card border border-line bg-surface p-6 shadow-card">
              <Icon aria-hidden className="size-6 text-link" />
              <h3 className="mt-4 text-md font-semibold">{t(`features.${name}.title`)}</h3>
              <p className="mt-1 text-ink-500">{t(`features.${name}.text`)}</p>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Data() {
  const { t } = useTranslation('landing');
  return (
    <section
      id="data"
      aria-labelledby="data-title"
      className={`${BELOW} mx-auto w-full max-w-300 px-6 py-16`}
    >
      <h2 id="data-title" className="text-2xl font-semibold">
        {t('data.title')}
      </h2>
      <dl className="mt-8 grid gap-x-12 gap-y-8 sm:grid-cols-3">
        {FIGURES.map((name) => (
          <div key={name} className="border-t-2 border-focus pt-4">
            <dt className="text-md font-semibold">{t(`data.${name}.title`)}</dt>
            <dd className="mt-1 text-ink-500">{t(`data.${name}.text`)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
