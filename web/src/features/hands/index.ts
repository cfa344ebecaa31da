import type { Feature } from '@/core/feature';
import type { Shapes } from '@/core/live/protocol';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    hands: typeof zh;
  }
}

declare module '@/core/live/messages' {
  interface Commands {
    'hands.raise': { data: Shapes['NoData']; answer: unknown };
    'hands.lower': { data: Shapes['LowerHand']; answer: unknown };
    'hands.lower_all': { data: Shapes['NoData']; answer: unknown };
  }
  interface Events {
    'hands.changed': Shapes['RaisedHands'];
  }
}

export const hands = {
  name: 'hands',
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
  room: () => import('./room'),
} as const satisfies Feature;
