/** Who is heard, seen and speaking. The engine is the truth; nothing here is reported by a page. */

import { createStore } from 'zustand/vanilla';
import type { LiveEvent, RosterEntry, Shapes } from '@/core/live/protocol';
import { peopleAround } from '@/core/live/roster';
import type { LiveFeature, LiveState } from '@/core/live/state';

export type SeatMedia = Shapes['SeatMedia'];

export interface ParticipantsState {
  media: Readonly<Record<number, SeatMedia>>;
  /** Loudest first. */
  speakers: readonly number[];
}

export const SILENT: SeatMedia = { sources: {}, barred: [] };

export const participantsState: LiveFeature<ParticipantsState> = {
  name: 'participants',
  read: (snapshot) => ({
    media: (snapshot as Shapes['ParticipantsSnapshot'] | undefined)?.media ?? {},
    speakers: [],
  }),
  apply,
  cut: (state) => ({ ...state, speakers: [] }),
};

function apply(state: ParticipantsState, event: LiveEvent): ParticipantsState {
  switch (event.type) {
    case 'participants.media': {
      const { seat, sources, barred } = event.data;
      return { ...state, media: { ...state.media, [seat]: { sources, barred } } };
    }
    case 'participants.speakers': {
      const speakers = event.data.speakers.map(({ seat }) => seat);
      // Levels change several times a second, and nothing here shows them.
      return `${speakers}` === `${state.speakers}` ? state : { ...state, speakers };
    }
    case 'roster.left': {
      const { seat } = event.data;
      if (!(seat in state.media) && !state.speakers.includes(seat)) return state;
      const media = { ...state.media };
      delete media[seat];
      return { media, speakers: state.speakers.filter((speaker) => speaker !== seat) };
    }
    default:
      return state;
  }
}

export function isHeard(media: SeatMedia): boolean {
  return media.sources.microphone === 'on' && !media.barred.includes('microphone');
}

/**
 * Whom a host who leaves could hand the meeting to: co-hosts first, then whoever is here longest. Nobody whose
 * connection is lost: they may not come back.
 */
export function successors({ you, roster }: Pick<LiveState, 'you' | 'roster'>): readonly RosterEntry[] {
  const others = peopleAround(roster, you.seat).filter(
    ({ seat, kind, state }) => seat !== you.seat && kind !== 'service' && state === 'here',
  );
  return others.toSorted((a, b) => Number(b.role === 'co_host') - Number(a.role === 'co_host'));
}

export function leavesWithoutHost(live: Pick<LiveState, 'you' | 'roster'>): boolean {
  return live.you.role === 'host' && successors(live).length > 0;
}

/** How this tab shows the people, in this meeting and the next. */
export interface StageView {
  mode: 'gallery' | 'speaker';
  /** Whether one's own picture is among them; the others see it all the same. */
  isSelfShown: boolean;
}

export const stageView = createStore<StageView>(() => ({ mode: 'gallery', isSelfShown: true }));

/** Whoever is alone sees their own picture: an empty stage says nothing. */
export function shownPeople(
  people: readonly RosterEntry[],
  you: number,
  isSelfShown: boolean,
): readonly RosterEntry[] {
  const others = people.filter(({ seat }) => seat !== you);
  return isSelfShown || others.length === 0 ? people : others;
}

/** Of the others; `null` while they are silent. */
export function loudestOf(
  people: readonly RosterEntry[],
  you: number,
  speakers: readonly number[],
): number | null {
  return speakers.find((speaker) => speaker !== you && people.some(({ seat }) => seat === speaker)) ?? null;
}

/**
 * Who is shown large: the loudest of the others, in silence whoever was (`held`), at the beginning whoever is here
 * longest. Oneself only when nobody else is there.
 */
export function speakerAmong(
  people: readonly RosterEntry[],
  you: number,
  loudest: number | null,
  held: number | null,
): number {
  const others = people.flatMap(({ seat }) => (seat === you ? [] : [seat]));
  return [loudest, held, ...others].find((seat) => seat !== null && others.includes(seat)) ?? you;
}
