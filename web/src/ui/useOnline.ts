import { useEffect, useEffectEvent } from 'react';

/** What failed is tried again by itself when the network is back. */
export function useOnline(onBack: () => void): void {
  const newest = useEffectEvent(onBack);
  useEffect(() => {
    const back = () => newest();
    window.addEventListener('online', back);
    return () => window.removeEventListener('online', back);
  }, []);
}
