import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { rootRoute } from '@/lib/root';

const search = z.object({
  view: z.catch(z._default(z.enum(['wall', 'list', 'log']), 'wall'), 'wall'),
  state: z.catch(z.optional(z.string()), undefined),
});

const batches = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches',
  component: lazyRouteComponent(() => import('./components/batches-page'), 'BatchesPage'),
});

export const batchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/$batchId',
  validateSearch: search,
  component: lazyRouteComponent(() => import('./components/batch-page'), 'BatchPage'),
});

export const batchesRoutes = [batches, batchRoute] as const;
