import { Video } from 'lucide-react';
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords } from '@/core/i18n';
import { page, rootRoute, signedInRoute } from '@/core/routes';
import { loadRoomParts } from '@/room/routes';
import type zh from './zh.json';

export { JoinForm } from './JoinForm';
export { useQuickMeeting } from './useQuickMeeting';

declare module '@/core/i18n' {
  interface Strings {
    meetings: typeof zh;
  }
}

const dashboard = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  loader: loadWords('meetings'),
  component: page(() => import('./DashboardPage')),
});

const preJoin = createRoute({
  getParentRoute: () => rootRoute,
  path: '/j/$number',
  loader: async ({ context }) => {
    const [parts] = await Promise.all([loadRoomParts({ context }), loadWords('meetings', 'policy')()]);
    return parts;
  },
  component: page(() => import('./PreJoinPage')),
});

export const meetings = {
  name: 'meetings',
  routes: [preJoin],
  appRoutes: [dashboard],
  nav: [{ to: '/app', icon: Video, label: 'meetings:nav', places: ['side', 'bottom'] }],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
  room: () => import('./room'),
} as const satisfies Feature;
