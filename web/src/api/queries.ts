import { QueryClient } from '@tanstack/react-query';

import { asProblem } from './problem';

const TRIES = 2;

/** The one cache of what the server said. What it refuses is not asked for again; what it could not answer is. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (failures, error) => failures < TRIES && [0, 503].includes(asProblem(error).status),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}
