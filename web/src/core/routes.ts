import type { QueryClient } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import {
  createRootRouteWithContext,
  createRoute,
  redirect,
  type RouteComponent,
} from '@tanstack/react-router';
import { late } from './chunks/late';
import type { Feature } from './feature';
import { sessionQuery } from './session';

export interface RouterContext {
  queryClient: QueryClient;
  features: readonly Feature[];
}

/** Parent of every page; `app/router.ts` gives it its frame. */
export const rootRoute = createRootRouteWithContext<RouterContext>()();

/** Parent of the pages under `/app`: signed in, with navigation. A visitor is sent to sign in first. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/app',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session.account) throw redirect({ href: `/login?next=${encodeURIComponent(location.href)}` });
  },
});

/**
 * A page whose code is fetched when it is opened. Pages state their return type, so that route types do not circle.
 * The router's own lazy component keeps a note in the browser's storage when a fetch fails.
 */
export const page: (load: () => Promise<{ default: ComponentType }>) => RouteComponent = late;
