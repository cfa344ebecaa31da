import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RosterEntry } from '@/core/live/protocol';
import { partOf, useLive } from '@/room';
import { EMOJI, reactionsState } from './state';

const SHOWN_MS = 5_000;

/** Over the tile for some seconds. A tile that is drawn later begins without. */
export function ReactionMark({ person }: { person: RosterEntry }) {
  const { t } = useTranslation('reactions');
  const reaction = useLive((live) => partOf(live, reactionsState)[person.seat]);
  const [faded, setFaded] = useState(reaction);
  useEffect(() => {
    const timer = setTimeout(() => setFaded(reaction), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [reaction]);
  if (reaction === undefined) return null;
  const isFaded = reaction === faded;
  return (
    <span
      role="img"
      aria-label={t(`reaction.${reaction.name}`)}
      aria-hidden={isFaded}
      className={`pointer-events-none absolute top-2 left-2 font-emoji text-2xl transition-opacity duration-700 ${
        isFaded ? 'opacity-0' : ''
      }`}
    >
      {EMOJI[reaction.name]}
    </span>
  );
}
