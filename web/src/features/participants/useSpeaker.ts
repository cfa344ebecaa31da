import { useEffect, useState } from 'react';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive } from '@/room';
import { loudestOf, speakerAmong } from './state';
import { useParticipants } from './useParticipants';

/** A cough takes nobody's place. */
const SETTLED_AFTER_MS = 1_000;
/** Speech is phrases: so short a silence ends nobody's. With a cough before it, it is shorter than the time above. */
const PAUSE_MS = 500;

/** The seat of who is shown large; whoever begins to speak gets the place after a moment. */
export function useSpeaker(people: readonly RosterEntry[]): number {
  const you = useLive((live) => live.you.seat);
  const speakers = useParticipants((state) => state.speakers);
  const [held, setHeld] = useState<number | null>(null);
  const loudest = useOverPauses(loudestOf(people, you, speakers));
  const next = speakerAmong(people, you, loudest, held);
  const isHeldHere = people.some(({ seat }) => seat === held);
  useEffect(() => {
    const timer = setTimeout(() => setHeld(next), isHeldHere ? SETTLED_AFTER_MS : 0);
    return () => clearTimeout(timer);
  }, [next, isHeldHere]);
  return held !== null && isHeldHere ? held : next;
}

function useOverPauses(loudest: number | null): number | null {
  const [last, setLast] = useState(loudest);
  if (loudest !== null && loudest !== last) setLast(loudest);
  useEffect(() => {
    if (loudest !== null) return undefined;
    const timer = setTimeout(() => setLast(null), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [loudest]);
  return loudest ?? last;
}
