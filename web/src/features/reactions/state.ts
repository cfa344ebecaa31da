/** The last reaction of each seat. Each is an object of its own: the same one twice is shown twice. */

import type { LiveEvent, Shapes } from '@/core/live/protocol';
import type { LiveFeature } from '@/core/live/state';

export type ReactionName = Shapes['ShowReaction']['reaction'];

export interface Reaction {
  name: ReactionName;
}

export type ReactionsState = Readonly<Record<number, Reaction>>;

export const EMOJI: Readonly<Record<ReactionName, string>> = {
  clap: '👏',
  thumbs_up: '👍',
  heart: '❤️',
  laugh: '😂',
  surprised: '😮',
  celebrate: '🎉',
};

export const REACTIONS = Object.keys(EMOJI) as readonly ReactionName[];

export const reactionsState: LiveFeature<ReactionsState> = {
  name: 'reactions',
  read: () => ({}),
  apply,
  cut: () => ({}),
};

function apply(state: ReactionsState, event: LiveEvent): ReactionsState {
  switch (event.type) {
    case 'reactions.shown': {
      const { seat, reaction } = event.data;
      return { ...state, [seat]: { name: reaction } };
    }
    case 'roster.left': {
      const { seat } = event.data;
      if (!(seat in state)) return state;
      const rest = { ...state };
      delete rest[seat];
      return rest;
    }
    default:
      return state;
  }
}
