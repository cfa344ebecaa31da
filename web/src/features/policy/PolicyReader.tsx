import { useEffect } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { answer, api } from '@/core/api/client';
import type { components } from '@/core/api/schema';
import { errorText } from '@/core/errors';
import { currentLanguage } from '@/core/i18n';
import { Button } from '@/ui/Button';
import { ErrorState } from '@/ui/ErrorState';
import { PageTitle } from '@/ui/PageTitle';
import { SiteFooter } from '@/ui/SiteFooter';
import { SiteHeader } from '@/ui/SiteHeader';
import { Skeleton } from '@/ui/Skeleton';

type Kind = 'privacy' | 'terms';
type Policy = components['schemas']['PolicyText'];

/** A policy text with its sections beside it; every clause can be linked to by its number. */
export function PolicyReader({ kind }: { kind: Kind }) {
  const { t } = useTranslation(['policy', 'core']);
  const lang = currentLanguage();
  const { data, error, refetch } = useQuery({
    queryKey: ['policies', kind, lang],
    queryFn: () => answer(api.GET('/api/policies/{kind}', { params: { path: { kind }, query: { lang } } })),
    staleTime: Infinity,
  });
  useEffect(() => {
    if (data) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [data]);
  return (
    <>
      <PageTitle title={t(`kinds.${kind}`)} />
      <SiteHeader />
      <div className="grow border-t border-line">
        {data && <Text policy={data} />}
        {!data && error && (
          <main id="main" className="px-6 py-16">
            <ErrorState isPage title={t('failed')} hint={errorText(error)}>
              <Button onPress={() => void refetch()}>{t('core:common.retry')}</Button>
            </ErrorState>
          </main>
        )}
        {!data && !error && <Loading />}
      </div>
      <SiteFooter />
    </>
  );
}

function Text({ policy }: { policy: Policy }) {
  const { t } = useTranslation('policy');
  return (
    <div className="mx-auto grid w-full max-w-300 gap-x-12 px-6 py-8 lg:grid-cols-[15rem_minmax(0,1fr)] lg:py-12">
      <Sections policy={policy} />
      <main id="main" className="max-w-[46rem]">
        <h1 className="text-2xl font-semibold">{policy.title}</h1>
        <p className="figures mt-2 text-xs text-ink-500">
          {t('version', { version: policy.version, updated: policy.updated })}
        </p>
        {policy.sections.map((section) => (
          <section key={section.id} id={section.id} className="mt-10 scroll-mt-6">
            <h2 className="text-lg font-semibold">{section.title}</h2>
            {section.clauses.map((clause) => (
              <Clause key={clause.id} clause={clause} />
            ))}
          </section>
        ))}
      </main>
    </div>
  );
}

function Sections({ policy }: { policy: Policy }) {
  const { t } = useTranslation('policy');
  const links = policy.sections.map((section) => (
    <li key={section.id}>
      <a
        href={`#${section.id}`}
        className="block rounded-tile px-3 py-2 text-ink-700 hover:bg-hover hover:text-ink-900"
      >
        {section.title}
      </a>
    </li>
  ));
  return (
    <nav aria-label={t('sections')} className="text-sm">
      <details className="mb-8 rounded-card border border-line p-2 lg:hidden">
        <summary className="cursor-pointer px-3 py-2 font-medium">{t('sections')}</summary>
        <ul>{links}</ul>
      </details>
      <ul className="sticky top-8 flex flex-col gap-0.5 max-lg:hidden">{links}</ul>
    </nav>
  );
}

function Clause({ clause }: { clause: Policy['sections'][number]['clauses'][number] }) {
  // The one clause of an undivided section bears its section's number: the section has the id and shows it.
  const id = clause.id.includes('.') ? clause.id : undefined;
  return (
    <div id={id} className="mt-5 scroll-mt-6 sm:grid sm:grid-cols-[3.5rem_minmax(0,1fr)]">
      <a
        href={`#${clause.id}`}
        hidden={id === undefined}
        className="figures text-xs leading-7 text-ink-500 hover:text-link"
      >
        {clause.id}
      </a>
      <div className="col-start-2 flex flex-col gap-3 leading-7 text-ink-700">
        {clause.title && <h3 className="font-semibold text-ink-900">{clause.title}</h3>}
        {clause.text.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        {clause.items.length > 0 && (
          <ul className="list-disc pl-5">
            {clause.items.map((item) => (
              <li key={item}>{item}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div role="status" className="mx-auto flex w-full max-w-[46rem] flex-col gap-4 px-6 py-12">
      <span className="sr-only">{t('common.loading')}</span>
      <Skeleton className="h-9 w-72" />
      <Skeleton className="h-4 w-full" />
      <Skeleton className="h-4 w-full" />
      <Skeleton className="h-4 w-2/3" />
    </div>
  );
}
