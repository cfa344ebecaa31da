import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

/** Seconds since `since` (ISO), never below zero: the two clocks may differ. */
export function useSecondsSince(since: string): number {
  const started = Date.parse(since);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.floor((now - started) / SECOND_MS));
}

/** 3661 → 01:01:01 */
export function clockText(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
