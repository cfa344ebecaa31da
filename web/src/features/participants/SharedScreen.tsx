import { MonitorUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RosterEntry } from '@/core/live/protocol';
import { useMedia } from '@/room';
import { VideoView } from '@/ui/VideoView';

export function SharedScreen({ sharer }: { sharer: RosterEntry }) {
  const { t } = useTranslation('participants');
  const track = useMedia(({ remote }) => remote.get(sharer.media)?.screen_share);
  return (
    <figure
      aria-label={t('screen_of', { name: sharer.name })}
      className="relative min-h-0 grow overflow-hidden rounded-tile bg-stage-2"
    >
      {track && <VideoView track={track} isWhole mark="mcmeet:first-screen-frame" />}
      <figcaption className="absolute top-2 left-2 flex max-w-4/5 items-center gap-1.5 rounded-tile bg-stage/80 px-2 py-1 text-xs">
        <MonitorUp aria-hidden className="size-3.5 shrink-0" />
        <span className="truncate">{t('screen_of', { name: sharer.name })}</span>
      </figcaption>
    </figure>
  );
}
