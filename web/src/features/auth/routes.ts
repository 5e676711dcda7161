import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { rootRoute } from '@/lib/root';

/** Places for those who are not signed in: they stand alone, without the shell. */
const bare = { isBare: true } as const;

const setup = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/setup-page'), 'SetupPage'),
});

const invitation = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/join-page'), 'JoinPage'),
});

const registration = createRoute({
  getParentRoute: () => rootRoute,
  path: '/registration',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/join-page'), 'JoinPage'),
});

const reset = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/reset-page'), 'ResetPage'),
});

const email = createRoute({
  getParentRoute: () => rootRoute,
  path: '/email',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/email-page'), 'EmailPage'),
});

const forgot = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/forgot-page'), 'ForgotPage'),
});

const register = createRoute({
  getParentRoute: () => rootRoute,
  path: '/register',
  staticData: bare,
  component: lazyRouteComponent(() => import('./components/register-page'), 'RegisterPage'),
});

export const authRoutes = [setup, invitation, registration, reset, email, forgot, register] as const;
