import type { Feature } from '@/core/feature';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    participants: typeof zh;
  }
}

export const participants = {
  name: 'participants',
  routes: [],
  appRoutes: [],
  nav: [],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
  room: () => import('./room'),
} as const satisfies Feature;
