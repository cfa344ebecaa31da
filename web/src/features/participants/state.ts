/** Who is heard, seen and speaking. The engine is the truth; nothing here is reported by a page. */

import type { LiveEvent, Shapes } from '@/core/live/protocol';
import type { LiveFeature } from '@/core/live/state';

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
      const { seat, sources, barred } = event.data as Shapes['SeatMediaChanged'];
      return { ...state, media: { ...state.media, [seat]: { sources, barred } } };
    }
    case 'participants.speakers': {
      const { speakers } = event.data as Shapes['Speakers'];
      return { ...state, speakers: speakers.map(({ seat }) => seat) };
    }
    case 'roster.left': {
      const { seat } = event.data as Shapes['RosterLeft'];
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
