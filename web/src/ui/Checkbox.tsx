import type { ReactNode } from 'react';

export interface CheckboxProps {
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
  autoFocus?: boolean;
  children: ReactNode;
}

export function Checkbox({ isSelected, onChange, autoFocus = false, children }: CheckboxProps) {
  return (
    // Its whole line can be pressed, and is 24 px high at least (WCAG 2.5.8).
    <label className="-my-1 flex cursor-pointer items-start gap-2 py-1 text-xs text-ink-700">
      <input
        type="checkbox"
        checked={isSelected}
        autoFocus={autoFocus}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 cursor-pointer accent-focus"
      />
      <span>{children}</span>
    </label>
  );
}
