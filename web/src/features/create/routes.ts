import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

/** The page opens where pictures are made. */
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/create', replace: true });
  },
});

const create = createRoute({
  getParentRoute: () => rootRoute,
  path: '/create',
  component: lazyRouteComponent(() => import('./components/create-page'), 'CreatePage'),
});

export const createRoutes = [home, create] as const;
