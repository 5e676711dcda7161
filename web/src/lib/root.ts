import { createRootRoute } from '@tanstack/react-router';

/** The root of every route. The app gives it the shell; features hang theirs below it. */
export const rootRoute = createRootRoute();
