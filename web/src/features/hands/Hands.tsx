import { Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { announce } from '@/core/announce';
import type { RosterEntry } from '@/core/live/protocol';
import { partOf, useEvents, useGathered, useLive, useMay, useSend } from '@/room';
import { BarButton } from '@/ui/BarButton';
import { Button, PlainButton } from '@/ui/Button';
import { handsState } from './state';

const ON_TILE = 'absolute top-2 right-2 rounded-full bg-stage/80 px-2 py-0.5 text-hand';

/** 1 for the first to have asked; 0 while the hand is down. */
function usePlace(seat: number): number {
  return useLive((live) => partOf(live, handsState).indexOf(seat) + 1);
}

export function HandButton() {
  const { t } = useTranslation('hands');
  const send = useSend();
  const isUp = usePlace(useLive(({ you }) => you.seat)) > 0;
  const type = isUp ? 'hands.lower' : 'hands.raise';
  const word = t(isUp ? 'lower' : 'raise');
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
      className="h-8 shrink-0 rounded-tile px-1.5 hover:bg-hover"
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

/** Tells hosts who wants to speak, and the others that a host has lowered their hand. */
export function Announcements() {
  const { t } = useTranslation('hands');
  const raised = useGathered((name, count) =>
    announce(t(count > 1 ? 'raised_by_many' : 'raised', { name, count })),
  );
  useEvents((event, before, after) => {
    const { you, roster } = after;
    if (event.type !== 'hands.changed' || event.by === null || event.by === you.seat) return;
    const [was, is] = [partOf(before, handsState), partOf(after, handsState)];
    if (is.length > was.length && you.role !== 'participant') raised(roster.get(event.by));
    if (was.includes(you.seat) && !is.includes(you.seat)) announce(t('lowered_by_host'));
  });
  return null;
}
