import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { rootRoute } from '@/lib/root';

const search = z.object({
  q: z.catch(z.optional(z.string()), undefined),
  model: z.catch(z.optional(z.string()), undefined),
});

export const libraryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/library',
  validateSearch: search,
  component: lazyRouteComponent(() => import('./components/library-page'), 'LibraryPage'),
});

export const libraryRoutes = [libraryRoute] as const;
