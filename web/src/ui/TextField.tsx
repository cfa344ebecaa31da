import { useEffect, useId, useRef, type InputHTMLAttributes, type ReactNode, type RefObject } from 'react';
import { FIELD } from './fieldClass';

type Native = Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'onChange' | 'size' | 'value' | 'id'>;

export interface TextFieldProps extends Native {
  ref?: RefObject<HTMLInputElement | null>;
  label: string;
  /** The label is read out, but the place says already what the field is for. */
  hideLabel?: boolean;
  value: string;
  onChange: (value: string) => void;
  hint?: string | undefined;
  /** What is wrong with the value, in the user's words; shown under the field, which takes the focus. */
  error?: string | undefined;
  /** Before the field in the same row, such as a country code. */
  before?: ReactNode;
  /** Behind the field in the same row, such as 获取验证码. */
  after?: ReactNode;
  size?: 'medium' | 'large';
}

export function TextField(props: TextFieldProps) {
  const {
    label,
    hideLabel = false,
    onChange,
    hint,
    error,
    before,
    after,
    size = 'medium',
    ref,
    ...rest
  } = props;
  const id = useId();
  const own = useRef<HTMLInputElement>(null);
  const input = ref ?? own;
  useEffect(() => {
    if (error) input.current?.focus();
  }, [error, input]);
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className="grow">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1.5 block text-xs text-ink-700'}>
        {label}
      </label>
      <div className="flex gap-2">
        {before}
        <input
          {...rest}
          ref={input}
          id={id}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          className={`${FIELD} ${size === 'large' ? 'h-12' : 'h-11'}`}
        />
        {after}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="phrases mt-1.5 text-xs text-ink-500">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-xs text-danger-text">
          {error}
        </p>
      )}
    </div>
  );
}
