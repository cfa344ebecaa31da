import { MonitorUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/Button';
import { BAR_IDS, focusBar } from './bar-focus';
import { useMedia, useRoom } from './context';
import { useSpoken } from '@/core/announce/useSpoken';

/** Whoever shares a screen sees so, above everything, with the way to stop. */
export function SharingBar() {
  const isSharing = useMedia(({ own }) => own.screen_share === 'on');
  return isSharing && <Sharing />;
}

function Sharing() {
  const { t } = useTranslation('room');
  const room = useRoom();
  useSpoken(t('sharing'));

  function stop() {
    focusBar(BAR_IDS.share);
    void room.toggleShare();
  }

  return (
    <div className="mx-2 mb-2 flex shrink-0 items-center justify-center gap-3 rounded-field border border-speaking/50 bg-stage-3 px-4 py-1.5 text-sm">
      <MonitorUp aria-hidden className="size-4 shrink-0 text-speaking" />
      <p>{t('sharing')}</p>
      <Button look="danger" size="small" onPress={stop}>
        {t('stop_share')}
      </Button>
    </div>
  );
}
