import { useEffect, useState } from 'react';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive } from '@/room';
import { speakerAmong } from './state';
import { useParticipants } from './useParticipants';

/** A cough takes nobody's place. */
const SETTLED_AFTER_MS = 1_000;

/** The seat of who is shown large; whoever begins to speak gets the place after a moment. */
export function useSpeaker(people: readonly RosterEntry[]): number {
  const you = useLive((live) => live.you.seat);
  const speakers = useParticipants((state) => state.speakers);
  const [held, setHeld] = useState<number | null>(null);
  const next = speakerAmong(people, you, speakers, held);
  const isHeldHere = people.some(({ seat }) => seat === held);
  useEffect(() => {
    const timer = setTimeout(() => setHeld(next), isHeldHere ? SETTLED_AFTER_MS : 0);
    return () => clearTimeout(timer);
  }, [next, isHeldHere]);
  return held !== null && isHeldHere ? held : next;
}
