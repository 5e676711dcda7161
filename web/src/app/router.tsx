import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';

import { authRoutes } from '@/features/auth';
import { batchesRoutes } from '@/features/batches';
import { createRoutes } from '@/features/create';
import { modelsRoutes } from '@/features/models';
import { settingsRoutes } from '@/features/settings';
import { libraryRoutes } from '@/features/viewer';
import { rootRoute } from '@/lib/root';
import { sessionWord } from '@/lib/session';
import { Loading } from '@/ui/state';

import { Broken, NotFound } from './errors';
import { Gate } from './gate';

rootRoute.update({ component: Gate, errorComponent: Broken, notFoundComponent: NotFound });

const routeTree = rootRoute.addChildren([
  ...authRoutes,
  ...createRoutes,
  ...batchesRoutes,
  ...libraryRoutes,
  ...modelsRoutes,
  ...settingsRoutes,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPendingMs: 200,
  defaultPendingComponent: Loading,
  defaultErrorComponent: Broken,
  scrollRestoration: false,
});

/** Asks for the script of the screen and for what it will show at once, and not only after the words have come. */
export function fetchScreen(queries: QueryClient): void {
  for (const { routeId, staticData } of router.matchRoutes(router.latestLocation)) {
    const { component } = router.routesById[routeId as keyof typeof router.routesById].options as { component?: { preload?: () => Promise<void> } };
    if (sessionWord() !== null) staticData.asks?.(queries);
    // What fails now is tried again, and told, when the screen is drawn.
    component?.preload?.().catch(() => undefined);
  }
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }

  interface StaticDataRouteOption {
    /** Stands alone, without the shell, for those who are not signed in. */
    isBare?: boolean;
    /** What the screen will ask the server for. */
    asks?: (queries: QueryClient) => void;
  }
}
