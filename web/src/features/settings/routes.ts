import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

export const SECTIONS = ['general', 'shortcuts', 'account', 'tokens', 'usage', 'server', 'about'] as const;
export type SectionId = (typeof SECTIONS)[number];

const settings = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: SECTIONS[0] }, replace: true });
  },
});

export const sectionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings/$section',
  component: lazyRouteComponent(() => import('./components/settings-page'), 'SettingsPage'),
});

export const settingsRoutes = [settings, sectionRoute] as const;
