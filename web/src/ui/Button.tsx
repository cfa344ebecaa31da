import type { ButtonHTMLAttributes, MouseEvent, Ref } from 'react';
import { buttonClass, type ButtonLook, type ButtonSize } from './buttonClass';

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className' | 'disabled' | 'onClick'>;

export interface ButtonProps extends Native {
  ref?: Ref<HTMLButtonElement>;
  onPress?: () => void;
  isDisabled?: boolean;
  /** Work is under way: the button keeps its focus and word, and ignores presses. */
  isPending?: boolean;
  look?: ButtonLook;
  size?: ButtonSize;
  className?: string | undefined;
}

export function Button({ look, size, className, ...props }: ButtonProps) {
  return <PlainButton {...props} className={buttonClass({ look, size, className })} />;
}

/** A button without a look, for cards and rows that are pressed as a whole. */
export function PlainButton(props: Omit<ButtonProps, 'look' | 'size'>) {
  const { onPress, isDisabled = false, isPending = false, type = 'button', ...rest } = props;
  /** It keeps its focus: a button that goes away, or is `disabled`, loses the keyboard's place. */
  const isIdle = isPending || rest['aria-disabled'] === true;

  function click(event: MouseEvent) {
    // Also keeps Enter in a field from submitting the form twice: that clicks the submit button.
    if (isIdle) event.preventDefault();
    else onPress?.();
  }

  return (
    <button
      {...rest}
      type={type}
      disabled={isDisabled}
      aria-disabled={isIdle || undefined}
      aria-busy={isPending || rest['aria-busy'] || undefined}
      onClick={click}
    />
  );
}
