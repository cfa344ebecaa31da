import type { Feature } from '@/core/feature';
import type { Shapes } from '@/core/live/protocol';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    participants: typeof zh;
  }
}

declare module '@/core/live/messages' {
  interface Commands {
    'participants.rename': { data: Shapes['Rename']; answer: unknown };
    'participants.mute': { data: Shapes['Mute']; answer: unknown };
    'participants.unmute': { data: Shapes['Mute']; answer: unknown };
    'participants.set_role': { data: Shapes['SetRole']; answer: unknown };
    'participants.remove': { data: Shapes['Remove']; answer: unknown };
  }
  interface Events {
    'participants.media': Shapes['SeatMediaChanged'];
    'participants.speakers': Shapes['Speakers'];
  }
}

export const participants = {
  name: 'participants',
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
  room: () => import('./room'),
} as const satisfies Feature;
