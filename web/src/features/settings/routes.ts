import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

const settings = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./components/settings-page'), 'SettingsPage'),
});

export const settingsRoutes = [settings] as const;
