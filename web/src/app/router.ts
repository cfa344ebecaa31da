import { createRouter, type AnyRoute } from '@tanstack/react-router';
import { queryClient } from '@/core/api/query';
import type { Feature } from '@/core/feature';
import { page, rootRoute, signedInRoute } from '@/core/routes';
import { features } from './features';
import { Frame } from './Frame';
import { enterPage } from './main-focus';
import { NotFoundPage, PageFailed, PagePending } from './states';

type RoutesOf<List, Key extends 'routes' | 'appRoutes'> = List extends readonly [
  infer First extends Feature,
  ...infer Rest,
]
  ? [...(First[Key] extends readonly AnyRoute[] ? First[Key] : []), ...RoutesOf<Rest, Key>]
  : [];

/** The features' routes as one tuple, so that links stay typed. */
function routesOf<Key extends 'routes' | 'appRoutes'>(key: Key): RoutesOf<typeof features, Key> {
  return features.flatMap((feature: Feature) => feature[key] ?? []) as RoutesOf<typeof features, Key>;
}

rootRoute.update({ component: Frame });
signedInRoute.update({ component: page(() => import('./Shell')) });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    ...routesOf('routes'),
    signedInRoute.addChildren([...routesOf('appRoutes')]),
  ]),
  context: { queryClient, features },
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: PageFailed,
  defaultPendingComponent: PagePending,
  defaultPreload: 'intent',
});

// By hand, because the router's own restoration writes where each page was scrolled into the browser's storage.
router.subscribe('onRendered', ({ pathChanged, fromLocation, toLocation }) => {
  if (pathChanged && toLocation.hash === '') window.scrollTo(0, 0);
  if (pathChanged && fromLocation) enterPage();
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
