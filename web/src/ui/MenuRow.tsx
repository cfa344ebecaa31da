import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { PlainButton } from './Button';

interface MenuRowProps {
  label: string;
  items: ReadonlyArray<{ id: string; label: string; icon?: ReactNode }>;
  isDisabled?: boolean;
  onAction: (id: string) => void;
}

const STEPS: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** Pictures side by side, each a button: one stop of the Tab key, the arrows go along (ARIA toolbar). */
export function MenuRow({ label, items, isDisabled = false, onAction }: MenuRowProps) {
  const [stop, setStop] = useState(0);

  function go({ key, currentTarget }: KeyboardEvent<HTMLElement>) {
    const step = STEPS[key];
    if (step === undefined) return;
    const next = (stop + step + items.length) % items.length;
    currentTarget.parentElement?.querySelectorAll('button')[next]?.focus();
  }

  return (
    <div role="toolbar" aria-label={label} className="flex max-w-sm justify-between gap-1">
      {items.map((item, at) => (
        <PlainButton
          key={item.id}
          aria-label={item.label}
          title={item.label}
          tabIndex={at === stop ? 0 : -1}
          isDisabled={isDisabled}
          onFocus={() => setStop(at)}
          onKeyDown={go}
          onPress={() => onAction(item.id)}
          className="flex size-11 items-center justify-center rounded-tile font-emoji text-xl hover:bg-hover active:bg-line disabled:opacity-60"
        >
          <span aria-hidden>{item.icon}</span>
        </PlainButton>
      ))}
    </div>
  );
}
