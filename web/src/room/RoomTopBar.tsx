import { useTranslation } from 'react-i18next';
import { groupedNumber } from '@/core/meeting-number';
import { useEntryFocus } from '@/ui/useEntryFocus';
import { useLive } from './context';
import { ShortcutsMenu } from './ShortcutsMenu';
import { Slot } from './Slot';
import { clockText, useSecondsSince } from './useClock';

export function RoomTopBar() {
  const { t } = useTranslation('room');
  const heading = useEntryFocus();
  const meeting = useLive((live) => live.meeting);
  return (
    <header className="flex h-12 shrink-0 items-center gap-3 px-4">
      <h1 ref={heading} tabIndex={-1} className="truncate text-sm font-medium">
        {meeting.topic}
      </h1>
      <p className="figures text-xs text-stage-text">
        <span className="sr-only">{t('number')} </span>
        {groupedNumber(meeting.number)}
      </p>
      <Clock since={meeting.started_at} label={t('elapsed')} />
      <div className="ml-auto flex shrink-0 items-center gap-1">
        <Slot name="Head" />
        <ShortcutsMenu />
      </div>
    </header>
  );
}

function Clock({ since, label }: { since: string; label: string }) {
  const seconds = useSecondsSince(since);
  return (
    <p role="timer" aria-label={label} className="figures text-xs text-stage-text">
      {clockText(seconds)}
    </p>
  );
}
