import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { libraryRoute } from '@/features/library';
import { rootRoute } from '@/lib/root';

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

export const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/$batchId/models',
  validateSearch: z.object({ line: z.catch(z._default(z.number(), 1), 1) }),
  component: lazyRouteComponent(() => import('./components/models-page'), 'ModelsPage'),
});

export const libraryRoutes = [libraryRoute.addChildren([viewerRoute, compareRoute]), modelsRoute] as const;
