import { useId } from 'react';
import { ChevronDown } from 'lucide-react';
import { FIELD } from './fieldClass';

export interface SelectProps {
  label: string;
  value: string;
  options: ReadonlyArray<{ value: string; label: string }>;
  onChange: (value: string) => void;
  isDisabled?: boolean;
}

/** The browser's own list: a phone shows its wheel, and it weighs nothing. */
export function Select({ label, value, options, onChange, isDisabled = false }: SelectProps) {
  const id = useId();
  return (
    <div className="grow">
      <label htmlFor={id} className="mb-1.5 block text-xs text-ink-700">
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          value={value}
          disabled={isDisabled}
          onChange={(event) => onChange(event.target.value)}
          className={`${FIELD} h-11 appearance-none truncate pr-10`}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown
          aria-hidden
          className="pointer-events-none absolute top-3.5 right-3 size-4 text-ink-700"
        />
      </div>
    </div>
  );
}
