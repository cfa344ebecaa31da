import { Mic, MicOff } from 'lucide-react';
import { memo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { RosterEntry } from '@/core/live/protocol';
import { PersonSlot, useLive, useMedia } from '@/room';
import { initialOf } from '@/ui/initial';
import { VideoView } from '@/ui/VideoView';
import { Name } from './Name';
import { useDrawn } from './useDrawn';
import { remarksOf } from './words';
import { useIsSpeaking, useSends } from './useParticipants';

interface TileProps {
  person: RosterEntry;
  /** CSS pixels. */
  width: number;
  height: number;
}

/** One person. Each piece of it is selected by itself, so a change of one tile draws one tile. */
export const Tile = memo(function Tile({ person, width, height }: TileProps) {
  const { t } = useTranslation('participants');
  const isSelf = useLive(({ you }) => you.seat === person.seat);
  const isSpeaking = useIsSpeaking(person.seat);
  const { sound } = useSends(person.seat);
  const track = useMedia(({ remote, ownVideo }) =>
    isSelf ? ownVideo.camera : remote.get(person.media)?.camera,
  );
  const remarks = remarksOf(t, person, isSelf);
  const figure = useRef<HTMLElement>(null);
  useDrawn(figure, person.media);
  return (
    <figure
      ref={figure}
      aria-label={person.name + remarks}
      data-seat={person.seat}
      data-speaking={isSpeaking}
      style={{ width, height }}
      className={`relative flex shrink-0 items-center justify-center overflow-hidden rounded-tile bg-stage-2 ${
        isSpeaking ? 'shadow-speaking' : ''
      } ${person.state === 'away' ? 'opacity-60' : ''}`}
    >
      <Initial name={person.name} size={Math.min(72, height / 3)} />
      {track && (
        <VideoView track={track} isMirrored={isSelf} {...(!isSelf && { mark: 'mcmeet:first-frame' })} />
      )}
      <PersonSlot name="Tile" person={person} />
      <figcaption className="absolute bottom-1.5 left-1.5 flex max-w-[calc(100%-0.75rem)] items-center gap-1 rounded-tile bg-stage/80 px-2 py-0.5 text-xs">
        {!sound && <MicOff aria-label={t('muted')} role="img" className="size-3.5 shrink-0 text-live" />}
        {isSpeaking && (
          <Mic aria-label={t('speaking')} role="img" className="size-3.5 shrink-0 text-speaking" />
        )}
        <Name name={person.name} remarks={remarks} />
        {person.state === 'away' && <span className="shrink-0 text-hand">{t('away')}</span>}
      </figcaption>
    </figure>
  );
});

function Initial({ name, size }: { name: string; size: number }) {
  return (
    <span
      aria-hidden
      style={{ width: size, height: size, fontSize: size / 2.6 }}
      className="flex items-center justify-center rounded-full bg-stage-3"
    >
      {initialOf(name)}
    </span>
  );
}
