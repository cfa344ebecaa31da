import { useTranslation } from 'react-i18next';
import { announce } from '@/core/announce';
import { useEvents } from '@/room';
import type { HandsState } from './state';

/** Tells hosts who wants to speak, and the others that a host has lowered their hand. */
export function Announcements() {
  const { t } = useTranslation('hands');
  useEvents((event, before, { you, roster, features }) => {
    if (event.type !== 'hands.changed' || event.by === null || event.by === you.seat) return;
    const [was, is] = [before.features.hands as HandsState, features.hands as HandsState];
    const name = roster.get(event.by)?.name ?? '';
    if (is.length > was.length && you.role !== 'participant') announce(t('raised', { name }));
    if (was.includes(you.seat) && !is.includes(you.seat)) announce(t('lowered_by_host'));
  });
  return null;
}
