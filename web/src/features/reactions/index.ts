import type { Feature } from '@/core/feature';
import type { Shapes } from '@/core/live/protocol';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    reactions: typeof zh;
  }
}

declare module '@/core/live/messages' {
  interface Commands {
    'reactions.show': { data: Shapes['ShowReaction']; answer: unknown };
  }
  interface Events {
    'reactions.shown': Shapes['ReactionShown'];
  }
}

export const reactions = {
  name: 'reactions',
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
  room: () => import('./room'),
} as const satisfies Feature;
