import { useTranslation } from 'react-i18next';
import { announce } from '@/core/announce';
import { useEvents } from '@/room';

/** Says who came and who left. */
export function Announcements() {
  const { t } = useTranslation('participants');
  useEvents((event, before, after) => {
    if (event.type !== 'roster.joined' && event.type !== 'roster.left') return;
    const { seat } = event.data;
    if (seat === after.you.seat) return;
    if (event.type === 'roster.joined') announce(t('joined', { name: event.data.name }));
    else announce(t('left', { name: before.roster.get(seat)?.name ?? '' }));
  });
  return null;
}
