import { useEffect } from 'react';
import { ChevronUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { devices, watchDevices } from '@/media';
import { PlainButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { deviceChoices, readChoice, type DeviceKind } from './devices';
import { useRoom } from './context';

interface DeviceMenuProps {
  kinds: readonly DeviceKind[];
  label: string;
}

/** Beside a button of the bar: which device it means. A choice holds from the moment it is made. */
export function DeviceMenu({ kinds, label }: DeviceMenuProps) {
  const { t } = useTranslation('room');
  const room = useRoom();
  const found = useStore(devices);
  const chosen = useStore(room.view, ({ sending }) => sending.devices);
  useEffect(watchDevices, []);
  const choices = deviceChoices(kinds, found, chosen, t('devices.default'));
  if (choices.length === 0) return null;

  function choose(id: string) {
    const { kind, device } = readChoice(id);
    void room.pickDevice(kind, device);
  }

  return (
    <Menu
      label={label}
      trigger={
        <PlainButton
          aria-label={label}
          title={label}
          className="-ml-1 flex h-14 w-6 items-center justify-center rounded-tile hover:bg-stage-3 active:bg-stage-2 max-sm:w-5 sm:-ml-2"
        >
          <ChevronUp aria-hidden className="size-4" />
        </PlainButton>
      }
      choices={choices.map(({ kind, ...choice }) => ({ ...choice, label: t(`devices.${kind}`) }))}
      onAction={choose}
    />
  );
}
