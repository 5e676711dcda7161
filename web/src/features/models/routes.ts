import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { rootRoute } from '@/lib/root';

export const TABS = ['catalogue', 'keys', 'budgets'] as const;

const search = z.object({
  tab: z.catch(z._default(z.enum(TABS), 'catalogue'), 'catalogue'),
  q: z.catch(z.optional(z.string()), undefined),
  provider: z.catch(z.optional(z.string()), undefined),
  /** Only what can be used now. */
  usable: z.catch(z.optional(z.boolean()), undefined),
});

export const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  validateSearch: search,
  component: lazyRouteComponent(() => import('./components/models-page'), 'ModelsPage'),
});

export const modelsRoutes = [modelsRoute] as const;
