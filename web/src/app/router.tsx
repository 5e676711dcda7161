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

/**
 * Asks for the script of the screen and for what it will show at once, and not only after the words have come. Settles when it can be
 * drawn without something that stands in for it: React holds back for a third of a second what comes after that.
 */
export async function fetchScreen(queries: QueryClient, words: Promise<void>): Promise<void> {
  const wishes = router.matchRoutes(router.latestLocation).flatMap(({ routeId, staticData, search }) => {
    const { component } = router.routesById[routeId as keyof typeof router.routesById].options as { component?: { preload?: () => Promise<void> } };
    return [component?.preload?.(), sessionWord() === null ? undefined : staticData.asks?.(queries, search, words)];
  });
  // What fails now is tried again, and told, when the screen is drawn.
  await Promise.allSettled(wishes);
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }

  interface StaticDataRouteOption {
    /** Stands alone, without the shell, for those who are not signed in. */
    isBare?: boolean;
    /** Asks the server for what the screen will show, and settles when all of it is asked for. */
    asks?: (queries: QueryClient, search: Record<string, unknown>, words: Promise<void>) => Promise<void> | void;
  }
}
