import { lazy, Suspense } from 'react';

import type { TakeAwayProps } from './components/take-away';

export { fetchFile } from './source';

const Dialog = lazy(async () => ({ default: (await import('./components/take-away')).TakeAway }));

/** The dialog comes with its words when it is first asked for; the page behind it stays as it is meanwhile. */
export function TakeAway(props: TakeAwayProps) {
  return (
    <Suspense fallback={null}>
      <Dialog {...props} />
    </Suspense>
  );
}
