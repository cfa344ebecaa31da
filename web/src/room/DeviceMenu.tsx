import { ChevronUp } from 'lucide-react';
import { PlainButton } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import type { DeviceKind } from './devices';
import { useDeviceChoices } from './useDeviceChoices';

interface DeviceMenuProps {
  kinds: readonly DeviceKind[];
  label: string;
}

/** Beside a button of the bar: which device it means. */
export function DeviceMenu({ kinds, label }: DeviceMenuProps) {
  const { choices, choose } = useDeviceChoices(kinds);
  if (choices.length === 0) return null;
  return (
    <Menu
      label={label}
      trigger={
        <PlainButton
          aria-label={label}
          title={label}
          className="-ml-2 flex h-14 w-6 shrink-0 items-center justify-center rounded-tile hover:bg-stage-3 active:bg-stage-2"
        >
          <ChevronUp aria-hidden className="size-4" />
        </PlainButton>
      }
      choices={choices}
      onAction={choose}
    />
  );
}
