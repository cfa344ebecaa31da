import { useTranslation } from 'react-i18next';
import { announce } from '@/core/announce';
import { partOf, useEvents } from '@/room';
import { handsState } from './state';

/** Tells hosts who wants to speak, and the others that a host has lowered their hand. */
export function Announcements() {
  const { t } = useTranslation('hands');
  useEvents((event, before, after) => {
    const { you, roster } = after;
    if (event.type !== 'hands.changed' || event.by === null || event.by === you.seat) return;
    const [was, is] = [partOf(before, handsState), partOf(after, handsState)];
    const name = roster.get(event.by)?.name ?? '';
    if (is.length > was.length && you.role !== 'participant') announce(t('raised', { name }));
    if (was.includes(you.seat) && !is.includes(you.seat)) announce(t('lowered_by_host'));
  });
  return null;
}
