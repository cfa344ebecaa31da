import { useRef, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { late } from '@/core/chunks/late';
import { answer, api } from '@/core/api/client';
import { ApiError, errorText, UNREACHABLE } from '@/core/errors';
import { currentLanguage } from '@/core/i18n';
import { Button } from '@/ui/Button';
import { buttonClass } from '@/ui/buttonClass';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { Guarded } from '@/ui/Guarded';
import { Skeleton } from '@/ui/Skeleton';
import { previousRows, type PreviousRow } from './previous';

const EndDialog = late(() => import('./EndDialog'));

const ROWS_WHILE_LOADING = ['first', 'second', 'third'];

/** 之前的会议, newest first; those that are not over can be joined, or ended. */
export function PreviousMeetings() {
  const { t } = useTranslation('meetings');
  const [ending, setEnding] = useState<PreviousRow | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  /** The button where the focus came from went with the meeting, and the list with the last one. */
  function ended() {
    flushSync(() => setEnding(null));
    heading.current?.focus();
  }

  return (
    <section aria-labelledby="previous-meetings">
      <h2 id="previous-meetings" ref={heading} tabIndex={-1} className="mb-4 text-md font-semibold">
        {t('previous.title')}
      </h2>
      <div className="overflow-hidden rounded-card border border-line bg-surface shadow-card">
        <List onEnd={setEnding} />
      </div>
      {ending?.open && (
        <Guarded onFailed={() => setEnding(null)}>
          <EndDialog
            meeting={{ number: ending.open.number, topic: ending.topic }}
            onClose={() => setEnding(null)}
            onEnded={ended}
          />
        </Guarded>
      )}
    </section>
  );
}

interface ListProps {
  onEnd: (row: PreviousRow) => void;
}

function List({ onEnd }: ListProps): ReactNode {
  const { t } = useTranslation(['meetings', 'core']);
  const { data, dataUpdatedAt, error, refetch, isRefetching } = useQuery({
    queryKey: ['meetings', 'previous'],
    queryFn: () => answer(api.GET('/api/meetings/previous')),
  });
  if (data?.items.length === 0) {
    return <EmptyState icon={<History className="size-6" />} text={t('previous.empty')} />;
  }
  if (data)
    return (
      <Rows
        rows={previousRows(data.items, new Date(dataUpdatedAt), currentLanguage(), dayWords(t))}
        onEnd={onEnd}
      />
    );
  if (!error) return <Loading label={t('core:common.loading')} />;

  const isOffline = error instanceof ApiError && error.code === UNREACHABLE && !navigator.onLine;
  return (
    <ErrorState
      title={isOffline ? t('core:page.offline') : t('previous.failed')}
      hint={isOffline ? t('core:page.offline_hint') : errorText(error)}
    >
      <Button onPress={() => void refetch()} isPending={isRefetching}>
        {t('core:common.retry')}
      </Button>
    </ErrorState>
  );
}

function dayWords(t: (key: 'previous.today' | 'previous.yesterday') => string) {
  return { today: t('previous.today'), yesterday: t('previous.yesterday') };
}

interface RowsProps extends ListProps {
  rows: PreviousRow[];
}

function Rows({ rows, onEnd }: RowsProps) {
  const { t } = useTranslation('meetings');
  return (
    <ul aria-label={t('previous.title')} className="*:border-line *:not-first:border-t">
      {rows.map((row) => (
        <Row key={row.key} row={row} onEnd={() => onEnd(row)} />
      ))}
    </ul>
  );
}

const RUNNING = 'bg-ok-ground text-ok';
const WAITING = 'bg-tint text-on-tint';

function Row({ row, onEnd }: { row: PreviousRow; onEnd: () => void }) {
  const { t } = useTranslation('meetings');
  return (
    <li className="flex min-h-18 items-center justify-between gap-4 px-5 py-3.5">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="truncate font-medium">{row.topic}</span>
          {row.open && (
            <span className={`shrink-0 rounded-full px-2 text-xs ${row.isWaiting ? WAITING : RUNNING}`}>
              {t(row.isWaiting ? 'previous.not_started' : 'previous.running')}
            </span>
          )}
        </p>
        <p className="flex flex-wrap gap-x-3 text-xs text-ink-500">
          <span className="figures">{row.when}</span>
          {row.minutes !== undefined && (
            <span className="figures">{t('previous.minutes', { count: row.minutes })}</span>
          )}
          <span className="figures">{t('previous.number', { number: row.number })}</span>
        </p>
      </div>
      {row.open && (
        <div className="flex shrink-0 gap-2">
          <Button
            size="small"
            aria-label={t('previous.end_label', { topic: row.topic })}
            className="max-sm:px-3!"
            onPress={onEnd}
          >
            {t('previous.end')}
          </Button>
          <Link
            to="/j/$number"
            params={{ number: row.open.number }}
            hash={row.open.hash}
            aria-label={t('previous.rejoin_label', { topic: row.topic })}
            className={buttonClass({ look: 'primary', size: 'small', className: 'max-sm:px-3!' })}
          >
            {t('previous.rejoin')}
          </Link>
        </div>
      )}
    </li>
  );
}

function Loading({ label }: { label: string }) {
  return (
    <div role="status" className="*:border-line *:not-first:border-t">
      <span className="sr-only">{label}</span>
      {ROWS_WHILE_LOADING.map((row) => (
        <div key={row} className="flex min-h-18 flex-col justify-center gap-2 px-5 py-3.5">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-3 w-64 max-w-full" />
        </div>
      ))}
    </div>
  );
}
