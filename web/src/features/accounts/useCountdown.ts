import { useEffect, useState } from 'react';
import { secondsLeft } from './state';

const TICK_MS = 250;

/** Seconds until a moment that `start` sets, by a clock that nobody sets back; `wasStarted` stays true behind it. */
export function useCountdown() {
  const [{ until, now }, setClock] = useState({ until: 0, now: 0 });
  const seconds = secondsLeft(until, now);
  const isRunning = seconds > 0;

  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setClock((clock) => ({ ...clock, now: performance.now() })), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);

  function start(wait: number) {
    const now = performance.now();
    setClock({ until: now + wait * 1000, now });
  }

  return { seconds, start, wasStarted: until > 0 };
}
