import { createRouter } from '@tanstack/react-router';

import { batchesRoutes } from '@/features/batches';
import { createRoutes } from '@/features/create';
import { modelsRoutes } from '@/features/models';
import { settingsRoutes } from '@/features/settings';
import { libraryRoutes } from '@/features/viewer';
import { rootRoute } from '@/lib/root';
import { Loading } from '@/ui/state';

import { Broken, NotFound } from './errors';
import { Shell } from './shell/shell';

rootRoute.update({ component: Shell, errorComponent: Broken, notFoundComponent: NotFound });

const routeTree = rootRoute.addChildren([
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
}
