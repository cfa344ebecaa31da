import { useEffect, useState } from 'react';

/** Longer than devices take to open: then a permission prompt stands unanswered. */
const PROMPT_AFTER_MS = 3_000;

/** Whether something has been going on for longer than it takes by itself. */
export function useOverdue(isGoingOn: boolean): boolean {
  const [isOverdue, setOverdue] = useState(false);
  useEffect(() => {
    if (!isGoingOn) return undefined;
    const timer = setTimeout(() => setOverdue(true), PROMPT_AFTER_MS);
    return () => {
      clearTimeout(timer);
      setOverdue(false);
    };
  }, [isGoingOn]);
  return isOverdue;
}
