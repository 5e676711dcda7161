import { QueryClient } from '@tanstack/react-query';

import { asProblem } from './problem';

const TRIES = 2;
/** A server that is starting says so, and is ready soon. */
const TRIES_WHILE_STARTING = 10;

/** The one cache of what the server said. What it refuses is not asked for again; what it could not answer is. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Without a network the page's worker answers with what it kept.
        networkMode: 'always',
        staleTime: 15_000,
        retry: (failures, error) => {
          const { status } = asProblem(error);
          return status === 503 ? failures < TRIES_WHILE_STARTING : status === 0 && failures < TRIES;
        },
        retryDelay: 1_000,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}
