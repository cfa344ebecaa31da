import { Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RoomPanel } from '@/core/live/part';
import { BarButton } from '@/ui/BarButton';
import { BAR_IDS } from './bar-focus';
import { DeviceMenu } from './DeviceMenu';
import { LeaveButton } from './LeaveButton';
import { useLive, useMedia, useRoom, useSending } from './room-context';
import { Slot } from './Slot';

const SOUND = ['microphone', 'speaker'] as const;
const PICTURE = ['camera'] as const;

interface RoomBarProps {
  panels: readonly RoomPanel[];
  open: string | null;
  onOpen: (id: string | null) => void;
}

/** Icon and word for each; 离开 stands apart and never shrinks. */
export function RoomBar({ panels, open, onOpen }: RoomBarProps) {
  const { t } = useTranslation('meetings');
  return (
    <div
      role="group"
      aria-label={t('room.bar')}
      className="flex min-h-18 shrink-0 items-center justify-center gap-0.5 px-2 pb-[env(safe-area-inset-bottom)] md:gap-2 md:px-4"
    >
      <MicrophoneButton />
      <DeviceMenu kinds={SOUND} label={t('room.sound_devices')} />
      <CameraButton />
      <DeviceMenu kinds={PICTURE} label={t('room.picture_devices')} />
      <ShareButton />
      <Slot name="Bar" />
      {panels.map((panel) => (
        <PanelButton
          key={panel.id}
          panel={panel}
          isOpen={panel.id === open}
          onPress={() => onOpen(panel.id === open ? null : panel.id)}
        />
      ))}
      <span className="w-1 md:w-4" />
      <LeaveButton />
    </div>
  );
}

function MicrophoneButton() {
  const { t } = useTranslation('meetings');
  const room = useRoom();
  const isOn = useSending('microphone');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('microphone'));
  return (
    <BarButton
      id={BAR_IDS.microphone}
      icon={isOn ? Mic : MicOff}
      word={t(isOn ? 'room.mute' : 'room.unmute')}
      isOff={!isOn}
      isDisabled={!isAllowed}
      onPress={() => void room.toggle('microphone')}
    />
  );
}

function CameraButton() {
  const { t } = useTranslation('meetings');
  const room = useRoom();
  const isOn = useSending('camera');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('camera'));
  return (
    <BarButton
      icon={isOn ? Video : VideoOff}
      word={t(isOn ? 'room.stop_video' : 'room.start_video')}
      isOff={!isOn}
      isDisabled={!isAllowed}
      onPress={() => void room.toggle('camera')}
    />
  );
}

function ShareButton() {
  const { t } = useTranslation('meetings');
  const room = useRoom();
  const isSharing = useMedia(({ own }) => own.screen_share === 'on');
  const isAllowed = useLive(({ you }) => you.rights.publish.includes('screen_share'));
  // Phones have no getDisplayMedia (Screen Capture): no button is better than one that cannot work.
  if (!('getDisplayMedia' in (navigator.mediaDevices ?? {}))) return null;
  return (
    <BarButton
      id={BAR_IDS.share}
      icon={isSharing ? MonitorX : MonitorUp}
      word={t(isSharing ? 'room.stop_share' : 'room.share')}
      short={t(isSharing ? 'room.stop_share_short' : 'room.share_short')}
      isDisabled={!isAllowed}
      onPress={() => void room.toggleShare()}
    />
  );
}

interface PanelButtonProps {
  panel: RoomPanel;
  isOpen: boolean;
  onPress: () => void;
}

function PanelButton({ panel, isOpen, onPress }: PanelButtonProps) {
  const { t } = useTranslation();
  // A panel's word lies in the namespace of the feature that plugs it in.
  const word = (key: string) => t(key as 'common.close');
  return (
    <BarButton
      id={`panel-${panel.id}`}
      icon={panel.icon}
      word={word(panel.label)}
      {...(panel.short && { short: word(panel.short) })}
      isPressed={isOpen}
      onPress={onPress}
    />
  );
}
