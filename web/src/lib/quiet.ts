import type { QueryClient } from '@tanstack/react-query';

const MOST_MILLISECONDS = 1_500;
const LOOK_MILLISECONDS = 50;

/** For what is heavy and can wait: until the server owes no answer and the page has nothing to draw, and at most for a while. */
export function quiet(queries: QueryClient): Promise<void> {
  const until = performance.now() + MOST_MILLISECONDS;
  return new Promise((resolve) => {
    const look = () => {
      if (queries.isFetching() > 0 && performance.now() < until) setTimeout(look, LOOK_MILLISECONDS);
      // Not every browser says when it is idle.
      else if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout: LOOK_MILLISECONDS });
      else resolve();
    };
    look();
  });
}
