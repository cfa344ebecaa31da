import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { announce, speak } from '@/core/announce';
import { useEvents, useGathered, useReturn } from '@/room';
import { givenName, roleLost, roleNews, shareNews } from './news';

/** So long who comes and goes is only spoken: whoever hands the meeting over often leaves in the same moment. */
const NEWS_SHOWN_MS = 4_000;

/**
 * Says who came, who left, who is host now, who shares a screen, and what name one was given; a hundred who come at
 * once are one notice.
 */
export function Announcements() {
  const { t } = useTranslation('participants');
  const toldAt = useRef(-Infinity);
  function say(words: string, name: string): void {
    if (performance.now() - toldAt.current < NEWS_SHOWN_MS) speak(words);
    else announce(words, name);
  }
  const joined = useGathered((name, count) =>
    say(t(count > 1 ? 'joined_by_many' : 'joined', { name, count }), name),
  );
  const left = useGathered((name, count) =>
    say(t(count > 1 ? 'left_by_many' : 'left', { name, count }), name),
  );
  useEvents((event, before, after) => {
    const news = roleNews(event, before);
    if (news !== null) {
      toldAt.current = performance.now();
      return announce(t(`now.${news.word}`, { name: news.name }), news.name);
    }
    const name = givenName(event, before);
    if (name !== null) return announce(t('now.you_named', { name }), name);
    const share = shareNews(event, before);
    if (share !== null) return say(t(`share.${share.word}`, { name: share.name }), share.name);
    if (event.type !== 'roster.joined' && event.type !== 'roster.left') return;
    const { seat } = event.data;
    if (seat === after.you.seat) return;
    if (event.type === 'roster.joined') joined(event.data);
    else left(before.roster.get(seat));
  });
  useReturn((before, after) => {
    const lost = roleLost(before, after);
    if (lost !== null) announce(t(`now.${lost}`));
  });
  return null;
}
