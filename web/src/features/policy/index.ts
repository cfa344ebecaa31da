import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords } from '@/core/i18n';
import { page, rootRoute } from '@/core/routes';
import type zh from './zh.json';

export { ConsentLine } from './ConsentLine';
export { useConsent, type ConsentGate } from './useConsent';

declare module '@/core/i18n' {
  interface Strings {
    policy: typeof zh;
  }
}

const privacy = createRoute({
  getParentRoute: () => rootRoute,
  path: '/privacy',
  loader: loadWords('policy'),
  component: page(() => import('./PrivacyPage')),
});

const terms = createRoute({
  getParentRoute: () => rootRoute,
  path: '/terms',
  loader: loadWords('policy'),
  component: page(() => import('./TermsPage')),
});

export const policy = {
  name: 'policy',
  routes: [privacy, terms],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
} as const satisfies Feature;
