import { Select } from '@/ui/Select';
import type { DeviceKind } from './devices';
import { useDeviceChoices } from './useDeviceChoices';

interface DeviceFieldsProps {
  kinds: readonly DeviceKind[];
  label: string;
}

/** The choice of a `DeviceMenu` as fields: a phone shows its own list. */
export function DeviceFields({ kinds, label }: DeviceFieldsProps) {
  const { choices, choose } = useDeviceChoices(kinds);
  if (choices.length === 0) return null;
  return (
    <div role="group" aria-label={label} className="flex grow flex-col gap-3 sm:flex-row">
      {choices.map(({ kind, label: word, selected, items }) => (
        <Select
          key={kind}
          label={word}
          value={selected}
          options={items.map((item) => ({ value: item.id, label: item.label }))}
          onChange={choose}
        />
      ))}
    </div>
  );
}
