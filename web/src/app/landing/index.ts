import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords } from '@/core/i18n';
import { page, rootRoute } from '@/core/routes';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    landing: typeof zh;
  }
}

const front = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  loader: loadWords('landing', 'meetings'),
  component: page(() => import('./LandingPage')),
});

export const landing = {
  name: 'landing',
  routes: [front],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
} as const satisfies Feature;
