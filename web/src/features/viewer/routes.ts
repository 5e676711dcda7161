import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { libraryRoute } from '@/features/library';

/** The grid stays what one sees until the picture comes. */
const Nothing = () => null;

const compareSearch = z.object({
  ids: z.catch(z.optional(z.string()), undefined),
  mode: z.catch(z.optional(z.enum(['side', 'slider', 'blink', 'survey'])), undefined),
});

export const viewerRoute = createRoute({
  getParentRoute: () => libraryRoute,
  path: '/i/$assetId',
  component: lazyRouteComponent(() => import('./components/viewer-page'), 'ViewerPage'),
  pendingComponent: Nothing,
});

export const compareRoute = createRoute({
  getParentRoute: () => libraryRoute,
  path: '/compare',
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import('./components/compare-page'), 'ComparePage'),
  pendingComponent: Nothing,
});

export const libraryRoutes = [libraryRoute.addChildren([viewerRoute, compareRoute])] as const;
