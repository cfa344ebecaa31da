import { useEffect, useState } from 'react';
import { secondsLeft } from './state';

const TICK_MS = 250;

/** Of each key the seconds until a moment that `start` sets, by a clock that nobody sets back; `isAgain` stays true behind it. */
export function useCountdown() {
  const [{ untils, now }, setClock] = useState({ untils: {} as Record<string, number>, now: 0 });
  const isRunning = Object.values(untils).some((until) => until > now);

  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setClock((clock) => ({ ...clock, now: performance.now() })), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);

  function start(key: string, wait: number) {
    const now = performance.now();
    setClock(({ untils }) => ({ untils: { ...untils, [key]: now + wait * 1000 }, now }));
  }

  function of(key: string) {
    const until = untils[key] ?? 0;
    return { seconds: secondsLeft(until, now), isAgain: until > 0 };
  }

  return { of, start };
}
