import { useEffect, useEffectEvent, useRef } from 'react';
import type { RosterEntry } from '@/core/live/protocol';

const GATHERED_MS = 2_000;

type Say = (first: string, count: number) => void;

export interface Gathering {
  add: (person: RosterEntry | undefined) => void;
  /** What is not said yet never is. */
  end: () => void;
}

/**
 * Collects people who do the same, and says it once, `GATHERED_MS` after the first: fifty hands would be fifty
 * notices. Whoever does it twice in that time counts once.
 */
export function gathering(say: Say): Gathering {
  const names = new Map<number, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function finish(): void {
    const [first = ''] = names.values();
    const count = names.size;
    names.clear();
    say(first, count);
  }

  return {
    add(person) {
      if (person === undefined) return;
      if (names.size === 0) timer = setTimeout(finish, GATHERED_MS);
      names.set(person.seat, person.name);
    },
    end: () => clearTimeout(timer),
  };
}

/** `gathering` for as long as the view is there. */
export function useGathered(say: Say): Gathering['add'] {
  const newest = useEffectEvent(say);
  const current = useRef<Gathering>(null);
  useEffect(() => {
    const made = gathering((...said) => newest(...said));
    current.current = made;
    return made.end;
  }, []);
  return (person) => current.current?.add(person);
}
