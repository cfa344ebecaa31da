import { Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RoomPanel } from '@/core/live/part';
import { BarButton } from '@/ui/BarButton';
import { BAR_IDS } from './bar-focus';
import { DeviceMenu } from './DeviceMenu';
import { LeaveButton } from './LeaveButton';
import { useLive, useMedia, usePanels, useRoom, useSending } from './context';
import { Slot } from './Slot';

const SOUND = ['microphone', 'speaker'] as const;
const PICTURE = ['camera'] as const;

/** Icon and word for each; 离开 stands apart and never shrinks. */
export function RoomBar({ panels }: { panels: readonly RoomPanel[] }) {
  const { t } = useTranslation('room');
  return (
    <div
      role="group"
      aria-label={t('bar')}
      className="flex min-h-18 shrink-0 items-center justify-center gap-0.5 px-2 pb-[env(safe-area-inset-bottom)] md:gap-2 md:px-4"
    >
      <MicrophoneButton />
      <DeviceMenu kinds={SOUND} label={t('sound_devices')} />
      <CameraButton />
      <DeviceMenu kinds={PICTURE} label={t('picture_devices')} />
      <ShareButton />
      <Slot name="Bar" />
      {panels.map((panel) => (
        <PanelButton key={panel.id} panel={panel} />
      ))}
      <span className="w-1 md:w-4" />
      <LeaveButton />
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
      short={t(isSharing ? 'stop_share_short' : 'share_short')}
      isDisabled={!isAllowed}
      onPress={() => void room.toggleShare()}
    />
  );
}

function PanelButton({ panel }: { panel: RoomPanel }) {
  const { t } = useTranslation();
  const { open, show } = usePanels();
  const isOpen = panel.id === open;
  // A panel's word lies in the namespace of the feature that plugs it in.
  const word = (key: string) => t(key as 'common.close');
  return (
    <BarButton
      id={`panel-${panel.id}`}
      icon={panel.icon}
      word={word(panel.label)}
      {...(panel.short && { short: word(panel.short) })}
      isPressed={isOpen}
      onPress={() => show(isOpen ? null : panel.id)}
    />
  );
}
