import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords } from '@/core/i18n';
import { page, rootRoute } from '@/core/routes';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    home: typeof zh;
  }
}

const landing = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  loader: loadWords('home', 'meetings'),
  component: page(() => import('./LandingPage')),
});

export const home = {
  name: 'home',
  routes: [landing],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
} as const satisfies Feature;
