import { useEffect, useRef, type RefObject } from 'react';

/** Puts the focus on a page's heading (`tabIndex={-1}`) when the page is entered: what is read out begins there. */
export function useEntryFocus(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}
