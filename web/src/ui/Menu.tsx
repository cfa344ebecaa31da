import { cloneElement, useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { late } from '@/core/chunks/late';
import type { ButtonProps } from './Button';
import { Guarded } from './Guarded';

const MenuPopup = late(() => import('./MenuPopup'));

export interface MenuProps {
  /** The button that opens the menu: a `Button` or `PlainButton`. */
  trigger: ReactElement<ButtonProps>;
  label: string;
  /** Shown above the entries; it cannot be chosen. */
  header?: ReactNode;
  /** The entries are pictures side by side; their words are for screen readers. */
  isRow?: boolean;
  items?: ReadonlyArray<{ id: string; label: string; hint?: string; icon?: ReactNode; isDanger?: boolean }>;
  /** Lists of which one entry is chosen. */
  choices?: readonly MenuChoice[];
  onAction: (id: string) => void;
  /** Its code does not come. */
  onFailed?: (() => void) | undefined;
}

export interface MenuChoice {
  label: string;
  selected: string;
  items: ReadonlyArray<{ id: string; label: string }>;
}

/** A menu behind a button; its code is fetched when it is first opened. */
export function Menu({ trigger, onAction, onFailed, ...menu }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const chosen = useRef<string | null>(null);

  useEffect(() => {
    const id = chosen.current;
    if (isOpen || id === null) return;
    chosen.current = null;
    // A dialog that opens now gives the focus back to what has it now: the entry is gone by then, the button stays.
    button.current?.focus();
    onAction(id);
  }, [isOpen, onAction]);

  function failed() {
    setOpen(false);
    onFailed?.();
  }

  return (
    <>
      {cloneElement(trigger, {
        ref: button,
        onPress: () => setOpen((wasOpen) => !wasOpen),
        'aria-haspopup': menu.isRow ? 'dialog' : 'menu',
        'aria-expanded': isOpen,
      })}
      {isOpen && (
        <Guarded onFailed={failed}>
          <MenuPopup
            {...menu}
            triggerRef={button}
            onAction={(id) => (chosen.current = id)}
            onClose={() => setOpen(false)}
          />
        </Guarded>
      )}
    </>
  );
}
