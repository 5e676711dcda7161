import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

const models = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  component: lazyRouteComponent(() => import('./components/models-page'), 'ModelsPage'),
});

export const modelsRoutes = [models] as const;
