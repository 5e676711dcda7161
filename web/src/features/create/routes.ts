import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { listKeysOptions, listModelsOptions, listProvidersOptions } from '@/api';
import { rootRoute } from '@/lib/root';

/** The page opens where pictures are made. */
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/create', replace: true });
  },
});

/** `from` is a picture whose prompt and settings are taken; `seed` is taken too where it is said. `reference` is a picture to edit. */
const search = z.object({
  from: z.catch(z.optional(z.string()), undefined),
  reference: z.catch(z.optional(z.string()), undefined),
  seed: z.catch(z.optional(z.coerce.string()), undefined),
});

export const createPageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/create',
  validateSearch: search,
  staticData: {
    asks: (queries) => {
      void queries.prefetchQuery(listModelsOptions());
      void queries.prefetchQuery(listProvidersOptions());
      void queries.prefetchQuery(listKeysOptions());
    },
  },
  component: lazyRouteComponent(() => import('./components/create-page'), 'CreatePage'),
});

export const createRoutes = [home, createPageRoute] as const;
