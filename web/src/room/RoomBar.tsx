import { Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RoomPanel } from '@/core/live/part';
import { BarButton } from '@/ui/BarButton';
import { useAtLeast } from '@/ui/useAtLeast';
import { BAR_IDS, MEDIA_AWAY, MUTED_BY_HOST } from './bar-focus';
import { DeviceFields } from './DeviceFields';
import { DeviceMenu } from './DeviceMenu';
import { LeaveButton } from './LeaveButton';
import { More } from './More';
import { useLive, useMedia, usePanels, useRoom, useSendingState } from './context';
import { Slot } from './Slot';
import { isAway } from './view';

const SOUND = ['microphone', 'speaker'] as const;
const PICTURE = ['camera'] as const;
/** So wide a window has room for the whole bar; 更多 holds what a narrower one has none for. */
const WHOLE_FROM = '48rem';
const SHARE_FROM = '30rem';

/** Icon and word for each; 离开 stands apart and never shrinks. */
export function RoomBar({ panels }: { panels: readonly RoomPanel[] }) {
  const { t } = useTranslation('room');
  const isWhole = useAtLeast(WHOLE_FROM);
  const hasShare = useAtLeast(SHARE_FROM);
  const kept = panels.filter(({ isMain }) => isWhole || isMain);
  return (
    <div
      id={BAR_IDS.bar}
      role="group"
      aria-label={t('bar')}
      tabIndex={-1}
      className="relative flex min-h-18 shrink-0 items-center justify-center gap-1 bg-stage outline-none focus-within:z-40 px-2 pb-[env(safe-area-inset-bottom)] md:gap-2 md:px-4"
    >
      <MicrophoneButton />
      {isWhole && <DeviceMenu kinds={SOUND} label={t('sound_devices')} />}
      <CameraButton />
      {isWhole && <DeviceMenu kinds={PICTURE} label={t('picture_devices')} />}
      {hasShare && <ShareButton />}
      {isWhole && <Slot name="Bar" />}
      {kept.map((panel) => (
        <PanelButton key={panel.id} panel={panel} />
      ))}
      {!isWhole && (
        <More>
          <Slot name="Bar" />
          {!hasShare && <ShareButton />}
          {panels.map((panel) => !kept.includes(panel) && <PanelButton key={panel.id} panel={panel} />)}
          <Devices />
        </More>
      )}
      <span className="w-1 md:w-4" />
      <LeaveButton />
    </div>
  );
}

function Devices() {
  const { t } = useTranslation('room');
  return (
    <div className="mt-2 flex flex-col gap-3 border-t border-line px-3 pt-4 sm:flex-row">
      <DeviceFields kinds={SOUND} label={t('sound_devices')} />
      <DeviceFields kinds={PICTURE} label={t('picture_devices')} />
    </div>
  );
}

function MicrophoneButton() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const state = useSendingState('microphone');
  const isOff = state === 'off';
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('microphone'));
  return (
    <BarButton
      id={BAR_IDS.microphone}
      icon={isOff ? MicOff : Mic}
      word={t(isOff ? 'unmute' : 'mute')}
      isOff={isOff}
      aria-busy={state === 'starting'}
      {...(!isAllowed && { 'aria-disabled': true, 'aria-describedby': MUTED_BY_HOST })}
      onPress={() => void room.toggle('microphone')}
    />
  );
}

function CameraButton() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const state = useSendingState('camera');
  const isOff = state === 'off';
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('camera'));
  return (
    <BarButton
      icon={isOff ? VideoOff : Video}
      word={t(isOff ? 'start_video' : 'stop_video')}
      isOff={isOff}
      aria-busy={state === 'starting'}
      isDisabled={!isAllowed}
      onPress={() => void room.toggle('camera')}
    />
  );
}

function ShareButton() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const isSharing = useMedia(({ own }) => own.screen_share === 'on');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('screen_share'));
  // Nobody can be sent a screen meanwhile; one that is captured may end.
  const isWaiting = useMedia(isAway) && !isSharing;
  // Phones have no getDisplayMedia (Screen Capture): no button is better than one that cannot work.
  if (!('getDisplayMedia' in (navigator.mediaDevices ?? {}))) return null;
  return (
    <BarButton
      id={BAR_IDS.share}
      icon={isSharing ? MonitorX : MonitorUp}
      word={t(isSharing ? 'stop_share' : 'share')}
      isDisabled={!isAllowed}
      {...(isWaiting && { 'aria-disabled': true, 'aria-describedby': MEDIA_AWAY })}
      onPress={() => void room.toggleShare()}
    />
  );
}

function PanelButton({ panel }: { panel: RoomPanel }) {
  const { t } = useTranslation();
  const { open, show } = usePanels();
  const isOpen = panel.id === open;
  return (
    <BarButton
      id={`panel-${panel.id}`}
      icon={panel.icon}
      badge={panel.Badge}
      // It lies in the namespace of the feature that plugs the panel in.
      word={t(panel.label as 'common.close')}
      isPressed={isOpen}
      onPress={() => show(isOpen ? null : panel.id)}
    />
  );
}
