import { Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RoomPanel } from '@/core/live/part';
import { BarButton } from '@/ui/BarButton';
import { useAtLeast } from '@/ui/useAtLeast';
import { BAR_IDS } from './bar-focus';
import { DeviceFields } from './DeviceFields';
import { DeviceMenu } from './DeviceMenu';
import { LeaveButton } from './LeaveButton';
import { More } from './More';
import { useLive, useMedia, usePanels, useRoom, useSending } from './context';
import { Slot } from './Slot';

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
      role="group"
      aria-label={t('bar')}
      className="flex min-h-18 shrink-0 items-center justify-center gap-1 px-2 pb-[env(safe-area-inset-bottom)] md:gap-2 md:px-4"
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
  const isOn = useSending('microphone');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('microphone'));
  return (
    <BarButton
      id={BAR_IDS.microphone}
      icon={isOn ? Mic : MicOff}
      word={t(isOn ? 'mute' : 'unmute')}
      isOff={!isOn}
      isDisabled={!isAllowed}
      onPress={() => void room.toggle('microphone')}
    />
  );
}

function CameraButton() {
  const { t } = useTranslation('room');
  const room = useRoom();
  const isOn = useSending('camera');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('camera'));
  return (
    <BarButton
      icon={isOn ? Video : VideoOff}
      word={t(isOn ? 'stop_video' : 'start_video')}
      isOff={!isOn}
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
  // Phones have no getDisplayMedia (Screen Capture): no button is better than one that cannot work.
  if (!('getDisplayMedia' in (navigator.mediaDevices ?? {}))) return null;
  return (
    <BarButton
      id={BAR_IDS.share}
      icon={isSharing ? MonitorX : MonitorUp}
      word={t(isSharing ? 'stop_share' : 'share')}
      isDisabled={!isAllowed}
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
      // It lies in the namespace of the feature that plugs the panel in.
      word={t(panel.label as 'common.close')}
      isPressed={isOpen}
      onPress={() => show(isOpen ? null : panel.id)}
    />
  );
}
