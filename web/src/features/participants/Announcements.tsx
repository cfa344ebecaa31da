import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { announce, speak } from '@/core/announce';
import { useEvents } from '@/room';
import { roleNews } from './news';

/** So long who comes and goes is only spoken: whoever hands the meeting over often leaves in the same moment. */
const NEWS_SHOWN_MS = 4_000;

/** Says who came, who left and who is host now. */
export function Announcements() {
  const { t } = useTranslation('participants');
  const toldAt = useRef(-Infinity);
  useEvents((event, before, after) => {
    const news = roleNews(event, before);
    if (news !== null) {
      toldAt.current = performance.now();
      return announce(t(`now.${news.word}`, { name: news.name }));
    }
    if (event.type !== 'roster.joined' && event.type !== 'roster.left') return;
    const { seat } = event.data;
    if (seat === after.you.seat) return;
    const say = performance.now() - toldAt.current < NEWS_SHOWN_MS ? speak : announce;
    if (event.type === 'roster.joined') say(t('joined', { name: event.data.name }));
    else say(t('left', { name: before.roster.get(seat)?.name ?? '' }));
  });
  return null;
}
