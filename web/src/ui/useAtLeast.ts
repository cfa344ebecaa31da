import { useCallback, useSyncExternalStore } from 'react';

/** Whether the window is that wide: for what is drawn in one place or in another. */
export function useAtLeast(width: string): boolean {
  const query = `(width >= ${width})`;
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
