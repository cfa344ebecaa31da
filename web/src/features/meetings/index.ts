import { Video } from 'lucide-react';
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords, type Namespace } from '@/core/i18n';
import type { RoomPart } from '@/core/live/part';
import type { MediaAssignment, Shapes } from '@/core/live/protocol';
import { page, rootRoute, signedInRoute, type RouterContext } from '@/core/routes';
import { currentStay } from './stay';
import type zh from './zh.json';

export { JoinForm } from './JoinForm';
export { useEvents, useIsConnected, useLive, useMay, useMedia, useRoom, useSend } from './room-context';
export { PersonSlot, Slot } from './Slot';
export { useQuickMeeting } from './useQuickMeeting';

declare module '@/core/i18n' {
  interface Strings {
    meetings: typeof zh;
  }
}

declare module '@/core/live/commands' {
  interface Commands {
    'media.renew': { data: Shapes['NoData']; answer: MediaAssignment };
    'meetings.end': { data: Shapes['NoData']; answer: unknown };
  }
}

const dashboard = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  loader: loadWords('meetings'),
  component: page(() => import('./DashboardPage')),
});

/** What the features add to a meeting, and the words of those that do. */
async function roomParts({ context }: { context: RouterContext }): Promise<readonly RoomPart[]> {
  const plugged = context.features.filter((feature) => feature.room !== undefined);
  const names = plugged.map(({ name }) => name as Namespace);
  const [, parts] = await Promise.all([
    loadWords('meetings', 'policy', ...names)(),
    Promise.all(plugged.map(async ({ room }) => (await room?.())?.default)),
  ]);
  return parts.filter((part) => part !== undefined);
}

const preJoin = createRoute({
  getParentRoute: () => rootRoute,
  path: '/j/$number',
  loader: roomParts,
  component: page(() => import('./PreJoinPage')),
});

const room = createRoute({
  getParentRoute: () => rootRoute,
  path: '/room/$number',
  loader: roomParts,
  // Going anywhere else in this tab is leaving; a reload is not, and finds its seat again.
  onLeave: () => currentStay.room?.leave(),
  component: page(() => import('./RoomPage')),
});

const ended = createRoute({
  getParentRoute: () => rootRoute,
  path: '/ended',
  loader: loadWords('meetings'),
  component: page(() => import('./EndedPage')),
});

export const meetings = {
  name: 'meetings',
  routes: [preJoin, room, ended],
  appRoutes: [dashboard],
  nav: [{ to: '/app', icon: Video, label: 'meetings:nav', places: ['side', 'bottom'] }],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
} as const satisfies Feature;
