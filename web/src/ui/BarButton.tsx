import { useContext } from 'react';
import type { LucideIcon } from 'lucide-react';
import { PlainButton, type ButtonProps } from './Button';
import { MoreContext } from './more';

interface BarButtonProps extends Omit<ButtonProps, 'look' | 'size' | 'className' | 'children'> {
  icon: LucideIcon;
  word: string;
  isOff?: boolean;
  isPressed?: boolean;
}

const IN_BAR =
  'h-14 flex-col justify-center gap-1 px-1 text-center text-xs leading-tight hover:bg-stage-3 active:bg-stage-2 disabled:text-stage-text disabled:hover:bg-transparent max-md:min-w-11 max-md:flex-auto max-md:max-w-24 max-md:text-[0.75rem] md:min-w-16 md:shrink-0 md:whitespace-nowrap md:px-1.5';
const IN_MORE =
  'min-h-12 gap-3 px-3 text-left text-sm hover:bg-hover active:bg-line disabled:text-ink-500 disabled:hover:bg-transparent';

/** A button of the bar in the room: an icon and its word. */
export function BarButton({
  icon: Icon,
  word,
  isOff = false,
  isPressed,
  onPress,
  ...button
}: BarButtonProps) {
  const choose = useContext(MoreContext);
  return (
    <PlainButton
      {...button}
      {...(isPressed !== undefined && { 'aria-expanded': isPressed })}
      onPress={() => (choose ? choose(onPress) : onPress?.())}
      className={`flex items-center rounded-tile transition-colors ${choose ? IN_MORE : IN_BAR} ${
        isPressed && !choose ? 'bg-stage-3' : ''
      }`}
    >
      <Icon aria-hidden className={`size-5 shrink-0 ${isOff ? 'text-live' : ''}`} />
      <span>{word}</span>
    </PlainButton>
  );
}
