import { useEffect, useEffectEvent, type RefObject } from 'react';

/**
 * Keeps the keyboard's place: when what has the focus in `frame` goes away, `move` gives it another. A browser gives
 * it to nobody then (HTML §6.6.4, focus fixup), and the next Tab begins at the top of the page.
 */
export function useKeptFocus(frame: RefObject<HTMLElement | null>, move: () => void): void {
  const moved = useEffectEvent(move);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    let last: Node | null = null;

    function remember({ target }: FocusEvent): void {
      last = target as Node;
    }

    /** Chromium says that the focus goes before what had it is gone: only who is still there has given it away. */
    function forget({ target }: FocusEvent): void {
      queueMicrotask(() => {
        if (last === target && last?.isConnected) last = null;
      });
    }

    const observer = new MutationObserver(() => {
      if (last === null || last.isConnected) return;
      last = null;
      if (document.activeElement === document.body) moved();
    });
    element.addEventListener('focusin', remember);
    element.addEventListener('focusout', forget);
    observer.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener('focusin', remember);
      element.removeEventListener('focusout', forget);
      observer.disconnect();
    };
  }, [frame]);
}
