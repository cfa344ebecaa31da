import { MonitorUp } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { late } from '@/core/chunks/late';
import type { RosterEntry } from '@/core/live/protocol';
import { useMedia } from '@/room';
import { Guarded } from '@/ui/Guarded';
import { VideoView } from '@/ui/VideoView';

const FullScreenButton = late(() => import('./FullScreenButton'));

export function SharedScreen({ sharer }: { sharer: RosterEntry }) {
  const { t } = useTranslation('participants');
  const track = useMedia(({ remote }) => remote.get(sharer.media)?.screen_share);
  const picture = useRef<HTMLElement>(null);
  return (
    <figure
      ref={picture}
      aria-label={t('screen_of', { name: sharer.name })}
      className="relative min-h-0 grow overflow-hidden rounded-tile bg-stage-2 [:root:fullscreen_&]:fixed [:root:fullscreen_&]:inset-0 [:root:fullscreen_&]:z-30"
    >
      {track && <VideoView track={track} isWhole mark="mcmeet:first-screen-frame" />}
      <figcaption className="absolute top-2 left-2 flex max-w-4/5 items-center gap-1.5 rounded-tile bg-stage/80 px-2 py-1 text-xs">
        <MonitorUp aria-hidden className="size-3.5 shrink-0" />
        <span className="truncate">{t('screen_of', { name: sharer.name })}</span>
      </figcaption>
      {/* An iPhone has no full screen but for its own player. */}
      {document.fullscreenEnabled && (
        <Guarded instead={null}>
          <FullScreenButton picture={picture} />
        </Guarded>
      )}
    </figure>
  );
}
