import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { speak } from '@/core/announce';
import { useEvents } from '@/room';

/** Applause of a hundred people would be spoken for minutes: one reaction in this time is. */
const SPOKEN_EVERY_MS = 2_000;

/** Says in words what the tiles show. */
export function Announcements() {
  const { t } = useTranslation('reactions');
  const spokenAt = useRef(-Infinity);
  useEvents((event, _, { you, roster }) => {
    if (event.type !== 'reactions.shown' || event.by === you.seat) return;
    if (performance.now() - spokenAt.current < SPOKEN_EVERY_MS) return;
    spokenAt.current = performance.now();
    const { seat, reaction } = event.data;
    speak(t('shown', { name: roster.get(seat)?.name ?? '', reaction: t(`reaction.${reaction}`) }));
  });
  return null;
}
