import { useEffect, useState } from 'react';
import { secondsLeft } from './state';

const TICK_MS = 250;

/** Seconds until a moment that `start` sets; `wasStarted` stays true behind it. */
export function useCountdown() {
  const [{ until, now }, setClock] = useState({ until: 0, now: 0 });
  const seconds = secondsLeft(until, now);
  const isRunning = seconds > 0;

  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setClock((clock) => ({ ...clock, now: Date.now() })), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);

  function start(wait: number) {
    setClock({ until: Date.now() + wait * 1000, now: Date.now() });
  }

  return { seconds, start, wasStarted: until > 0 };
}
