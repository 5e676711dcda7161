import { createRouter } from '@tanstack/react-router';

import { authRoutes } from '@/features/auth';
import { batchesRoutes } from '@/features/batches';
import { createRoutes } from '@/features/create';
import { modelsRoutes } from '@/features/models';
import { settingsRoutes } from '@/features/settings';
import { libraryRoutes } from '@/features/viewer';
import { rootRoute } from '@/lib/root';
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

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }

  interface StaticDataRouteOption {
    /** Stands alone, without the shell, for those who are not signed in. */
    isBare?: boolean;
  }
}
