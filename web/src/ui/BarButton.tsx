import type { LucideIcon } from 'lucide-react';
import { PlainButton, type ButtonProps } from './Button';

interface BarButtonProps extends Omit<ButtonProps, 'look' | 'size' | 'className' | 'children'> {
  icon: LucideIcon;
  word: string;
  /** What of the word fits where the window is narrow. */
  short?: string;
  isOff?: boolean;
  isPressed?: boolean;
}

/** A button of the bar in the room: an icon and its word. */
export function BarButton({
  icon: Icon,
  word,
  short = word,
  isOff = false,
  isPressed,
  ...button
}: BarButtonProps) {
  return (
    <PlainButton
      {...button}
      aria-label={word}
      {...(isPressed !== undefined && { 'aria-expanded': isPressed })}
      className={`flex h-14 flex-col items-center justify-center gap-1 rounded-tile px-1 text-center text-xs leading-tight whitespace-nowrap transition-colors hover:bg-stage-3 active:bg-stage-2 disabled:text-stage-text disabled:hover:bg-transparent max-md:min-w-0 max-md:flex-auto max-md:text-[0.6875rem] max-md:tracking-tight md:min-w-16 md:px-1.5 ${
        isPressed ? 'bg-stage-3' : ''
      }`}
    >
      <Icon aria-hidden className={`size-5 ${isOff ? 'text-live' : ''}`} />
      <span className="max-md:hidden">{word}</span>
      <span className="break-keep whitespace-normal md:hidden">{short}</span>
    </PlainButton>
  );
}
