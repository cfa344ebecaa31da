import { useEffect, useRef, type RefObject } from 'react';

/** Whether the person has gone elsewhere while something was under way. */
export function useIsLeft(): Readonly<RefObject<boolean>> {
  const isLeft = useRef(false);
  useEffect(() => {
    isLeft.current = false;
    return () => void (isLeft.current = true);
  }, []);
  return isLeft;
}
