import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import i18next from 'i18next';
import { z } from 'zod/mini';

import { listKeysOptions, listModelsOptions, listProvidersOptions } from '@/api';
import { rootRoute } from '@/lib/root';

const page = () => import('./components/create-page');

/** The page opens where pictures are made. */
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/create', replace: true });
  },
});

/** `from` is a picture whose prompt and settings are taken; `seed` is taken too where it is said, and `wish` what for. `reference` is a picture to edit. */
const search = z.object({
  from: z.catch(z.optional(z.string()), undefined),
  reference: z.catch(z.optional(z.string()), undefined),
  wish: z.catch(z.optional(z.enum(['vary', 'remix'])), undefined),
  seed: z.catch(z.optional(z.coerce.string()), undefined),
});

export const createPageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/create',
  validateSearch: search,
  staticData: {
    asks: async (queries, { from }, words) => {
      void queries.prefetchQuery(listModelsOptions());
      void queries.prefetchQuery(listProvidersOptions());
      void queries.prefetchQuery(listKeysOptions());
      const { askEarly } = await page();
      if (from === undefined) await askEarly(queries, words.then(() => i18next.t('create:samples')));
    },
  },
  component: lazyRouteComponent(page, 'CreatePage'),
});

export const createRoutes = [home, createPageRoute] as const;
