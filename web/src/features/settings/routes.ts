import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { z } from 'zod/mini';

import { rootRoute } from '@/lib/root';

export const SECTIONS = ['general', 'shortcuts', 'account', 'people', 'projects', 'tokens', 'usage', 'server', 'about'] as const;
export type SectionId = (typeof SECTIONS)[number];

const search = z.object({
  /** Whose people are shown: those of a team, or everybody here. */
  team: z.catch(z.optional(z.string()), undefined),
  all: z.catch(z.optional(z.boolean()), undefined),
  /** The project whose members are open. */
  project: z.catch(z.optional(z.string()), undefined),
});

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
  validateSearch: search,
  component: lazyRouteComponent(() => import('./components/settings-page'), 'SettingsPage'),
});

export const settingsRoutes = [settings, sectionRoute] as const;
