import { lazy } from 'react';

export { Strength } from './components/strength';
export { authRoutes } from './routes';
export { useMe, useSessionAsked, useSessionKept, useSignOut } from './api';
export const SignInPage = lazy(() => import('./components/sign-in-page'));
export const SessionEnded = lazy(() => import('./components/session-ended'));
