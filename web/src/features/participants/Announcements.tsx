import { useTranslation } from 'react-i18next';
import { announce } from '@/core/announce';
import { useEvents } from '@/room';

/** Says who came and who left. */
export function Announcements() {
  const { t } = useTranslation('participants');
  useEvents((event, before, after) => {
    const seat = event.data.seat as number;
    if (seat === after.you.seat) return;
    if (event.type === 'roster.joined') announce(t('joined', { name: event.data.name as string }));
    if (event.type === 'roster.left') announce(t('left', { name: before.roster.get(seat)?.name ?? '' }));
  });
  return null;
}
