import { useState, type ReactNode } from 'react';
import { late } from '@/core/chunks/late';
import { Guarded } from '@/ui/Guarded';

const ConsentSheet = late(() => import('./ConsentSheet'));

export interface ConsentGate {
  isGiven: boolean;
  setGiven: (isGiven: boolean) => void;
  /** Runs `action` at once when consent is given, else after 同意并继续; 不同意 drops it. */
  withConsent: (action: () => void) => void;
  /** The sheet while it is open; draw it anywhere in the page. */
  sheet: ReactNode;
}

/** The consent line's state and the sheet that asks when it was not ticked. */
export function useConsent(): ConsentGate {
  const [isGiven, setGiven] = useState(false);
  const [waiting, setWaiting] = useState<(() => void) | null>(null);

  function answered(agreed: boolean) {
    setWaiting(null);
    if (!agreed) return;
    setGiven(true);
    waiting?.();
  }

  return {
    isGiven,
    setGiven,
    withConsent: (action) => (isGiven ? action() : setWaiting(() => action)),
    sheet: waiting && (
      <Guarded onFailed={() => answered(false)}>
        <ConsentSheet onAnswer={answered} />
      </Guarded>
    ),
  };
}
