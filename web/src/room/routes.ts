/** Where a meeting stands in the page: every page loads this, and of the room no more. */

import { createRoute } from '@tanstack/react-router';
import type { Feature } from '@/core/feature';
import { loadWords, type Namespace } from '@/core/i18n';
import type { RoomPart } from '@/core/live/part';
import type { MediaAssignment, Shapes } from '@/core/live/protocol';
import { page, rootRoute, type RouterContext } from '@/core/routes';
import { leaveStay } from './stay';
import type zh from './zh.json';

declare module '@/core/i18n' {
  interface Strings {
    room: typeof zh;
  }
}

declare module '@/core/live/messages' {
  interface Commands {
    'media.renew': { data: Shapes['NoData']; answer: MediaAssignment };
    'meetings.end': { data: Shapes['NoData']; answer: unknown };
  }
}

/** What the features add to a meeting, and the words of those that do. */
export async function loadRoomParts({ context }: { context: RouterContext }): Promise<readonly RoomPart[]> {
  const plugged = context.features.filter((feature) => feature.room !== undefined);
  const names = plugged.map(({ name }) => name as Namespace);
  const [, parts] = await Promise.all([
    loadWords('room', ...names)(),
    Promise.all(plugged.map(async ({ room }) => (await room?.())?.default)),
  ]);
  return parts.filter((part) => part !== undefined);
}

const inside = createRoute({
  getParentRoute: () => rootRoute,
  path: '/room/$number',
  loader: loadRoomParts,
  // A reload is no leaving, and finds its seat again.
  onLeave: leaveStay,
  component: page(() => import('./RoomPage')),
});

const ended = createRoute({
  getParentRoute: () => rootRoute,
  path: '/ended',
  loader: loadWords('room'),
  component: page(() => import('./EndedPage')),
});

export const room = {
  name: 'room',
  routes: [inside, ended],
  strings: { zh: () => import('./zh.json'), en: () => import('./en.json') },
} as const satisfies Feature;
