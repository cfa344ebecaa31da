import { Settings } from 'lucide-react';
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords } from '@/core/i18n';
import { page, rootRoute, signedInRoute } from '@/core/routes';
import { nextPath } from './state';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    accounts: typeof zh;
  }
}

interface Next {
  /** Path to go on to after signing in; only ever one of ours. */
  next?: string | undefined;
}

function readNext(search: Record<string, unknown>): Next {
  // Named even when undefined: the router lays this over the search as it was typed.
  return { next: nextPath(search.next) };
}

const login = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: readNext,
  loader: loadWords('accounts', 'policy'),
  component: page(() => import('./LoginPage')),
});

const register = createRoute({
  getParentRoute: () => rootRoute,
  path: '/register',
  validateSearch: readNext,
  loader: loadWords('accounts', 'policy'),
  component: page(() => import('./RegisterPage')),
});

const settings = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/settings',
  loader: loadWords('accounts'),
  component: page(() => import('./SettingsPage')),
});

export const accounts = {
  name: 'accounts',
  routes: [login, register],
  appRoutes: [settings],
  nav: [{ to: '/app/settings', icon: Settings, label: 'accounts:nav', places: ['bottom', 'account'] }],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
} as const satisfies Feature;
