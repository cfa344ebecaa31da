import { Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { announce } from '@/core/announce';
import type { RosterEntry } from '@/core/live/protocol';
import { partOf, useEvents, useGathered, useLive, useMay, useReturn, useSend } from '@/room';
import { BarButton } from '@/ui/BarButton';
import { Button, PlainButton } from '@/ui/Button';
import { handsState, isUp } from './state';

const ON_TILE = 'absolute top-2 right-2 rounded-full bg-stage/80 px-2 py-0.5 text-hand';

/** 1 for the first to have asked; 0 while the hand is down. */
const usePlace = (seat: number) => useLive((live) => partOf(live, handsState).indexOf(seat) + 1);

export function HandButton() {
  const { t } = useTranslation('hands');
  const send = useSend();
  const change = useLive(isUp) ? 'lower' : 'raise';
  const [type, word] = [`hands.${change}`, t(change)] as const;
  const isAllowed = useMay(type);
  return <BarButton icon={Hand} word={word} isDisabled={!isAllowed} onPress={() => send(type, {}, word)} />;
}

/** The hand and its place among those that are up. */
export function HandMark({ person, look = ON_TILE }: { person: RosterEntry; look?: string }) {
  const { t } = useTranslation('hands');
  const place = usePlace(person.seat);
  if (place === 0) return null;
  return (
    <span role="img" aria-label={t('place', { place })} className={`flex items-center gap-1 text-xs ${look}`}>
      <Hand aria-hidden className="size-4" />
      {place}
    </span>
  );
}

export function HandInRow({ person }: { person: RosterEntry }) {
  const { t } = useTranslation('hands');
  const send = useSend();
  const place = usePlace(person.seat);
  const mayLower = useMay('hands.lower_all');
  const mark = <HandMark person={person} look="text-warn" />;
  if (place === 0 || !mayLower) return mark;
  return (
    <PlainButton
      aria-label={t('lower_of', { name: person.name, place })}
      className="h-8 shrink-0 rounded-tile px-1 hover:bg-hover"
      onPress={() => send('hands.lower', { seat: person.seat }, t('lower'))}
    >
      {mark}
    </PlainButton>
  );
}

export function HandsHead() {
  const { t } = useTranslation('hands');
  const send = useSend();
  const count = useLive((live) => partOf(live, handsState).length);
  const mayLowerAll = useMay('hands.lower_all');
  if (count === 0) return null;
  return (
    <div className="flex items-center justify-between px-4 pt-2 text-xs text-warn">
      {t('count', { count })}
      {mayLowerAll && (
        <Button size="small" onPress={() => send('hands.lower_all', {}, t('lower_all'))}>
          {t('lower_all')}
        </Button>
      )}
    </div>
  );
}

/** Tells hosts who wants to speak, and whoever did not lower their own hand that it is down. */
export function Announcements() {
  const { t } = useTranslation('hands');
  const raised = useGathered((name, count) =>
    announce(t(count > 1 ? 'raised_by_many' : 'raised', { name, count }), name),
  );
  useEvents(({ type, by }, before, after) => {
    if (type !== 'hands.changed' || by === null || by === after.you.seat) return;
    const isMore = partOf(after, handsState).length > partOf(before, handsState).length;
    if (isMore && after.you.role !== 'participant') raised(after.roster.get(by));
    if (isUp(before) && !isUp(after)) announce(t('lowered_by_host'));
  });
  useReturn((before, after) => isUp(before) && !isUp(after) && announce(t('lowered_meanwhile')));
  return null;
}
