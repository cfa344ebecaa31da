import { useContext, useId, type ComponentType } from 'react';
import type { LucideIcon } from 'lucide-react';
import { PlainButton, type ButtonProps } from './Button';
import { MoreContext } from './more';

interface BarButtonProps extends Omit<ButtonProps, 'look' | 'size' | 'className' | 'children'> {
  icon: LucideIcon;
  word: string;
  isOff?: boolean;
  isPressed?: boolean;
  /** A figure at the icon; in words for whoever has the button read out. */
  badge?: ComponentType<{ inWords?: boolean }> | undefined;
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
  badge: Badge,
  onPress,
  ...button
}: BarButtonProps) {
  const choose = useContext(MoreContext);
  const id = useId();
  return (
    <PlainButton
      {...(Badge && { 'aria-describedby': id })}
      {...button}
      {...(isPressed !== undefined && { 'aria-expanded': isPressed })}
      onPress={() => (choose ? choose(onPress) : onPress?.())}
      className={`flex items-center rounded-tile transition-colors ${choose ? IN_MORE : IN_BAR} ${
        isPressed && !choose ? 'bg-stage-3' : ''
      } ${button['aria-disabled'] ? 'text-stage-text' : ''}`}
    >
      <span className={`relative shrink-0 ${button['aria-busy'] ? 'animate-pulse' : ''}`}>
        <Icon aria-hidden className={`size-5 ${isOff ? 'text-live' : ''}`} />
        {Badge && (
          <>
            <span
              aria-hidden
              className="figures absolute bottom-2 left-3 rounded-full bg-stage-3 px-1.5 py-0.5 text-[0.6875rem]/none"
            >
              <Badge />
            </span>
            <span id={id} hidden>
              <Badge inWords />
            </span>
          </>
        )}
      </span>
      <span>{word}</span>
    </PlainButton>
  );
}
