import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

export const viewerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/library/i/$assetId',
  component: lazyRouteComponent(() => import('./components/viewer-page'), 'ViewerPage'),
});

export const viewerRoutes = [viewerRoute] as const;
