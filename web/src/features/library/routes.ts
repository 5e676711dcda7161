import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

import { librarySearch } from './model/filters';

/** The viewer and the comparison lie over it, as its children. */
export const libraryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/library',
  validateSearch: librarySearch,
  component: lazyRouteComponent(() => import('./components/library-page'), 'LibraryPage'),
});
