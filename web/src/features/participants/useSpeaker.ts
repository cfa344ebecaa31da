import { useEffect, useState } from 'react';
import type { RosterEntry } from '@/core/live/protocol';
import { useLive } from '@/room';
import { loudestOf, speakerAmong } from './state';
import { useParticipants } from './useParticipants';

/** A cough of 0.4 s takes nobody's place: with the pause that ends it (`HELD_WINDOWS` of the engine) it is shorter. */
const SETTLED_AFTER_MS = 1_200;

/** The seat of who is shown large; whoever begins to speak gets the place after a moment. */
export function useSpeaker(people: readonly RosterEntry[]): number {
  const you = useLive((live) => live.you.seat);
  const loudest = useParticipants(({ speakers }) => loudestOf(people, you, speakers));
  const [held, setHeld] = useState<number | null>(null);
  const next = speakerAmong(people, you, loudest, held);
  const isHeldHere = people.some(({ seat }) => seat === held);
  useEffect(() => {
    const timer = setTimeout(() => setHeld(next), isHeldHere ? SETTLED_AFTER_MS : 0);
    return () => clearTimeout(timer);
  }, [next, isHeldHere]);
  return held !== null && isHeldHere ? held : next;
}
