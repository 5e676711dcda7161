import { Outlet, useMatches } from '@tanstack/react-router';
import { Suspense } from 'react';

import { SessionEnded, SignInPage, useSessionAsked, useSessionKept } from '@/features/auth';
import { useSession } from '@/lib/session';
import { Loading } from '@/ui/state';

import { Shell } from './shell/shell';

const PAGES = { asking: <Loading />, out: <SignInPage />, in: <Shell />, ended: <Shell /> };

/** Who is not signed in signs in where they are; whose session ends keeps the page, and signs in over it. */
export function Gate() {
  const state = useSession((session) => session.state);
  const isBare = useMatches({ select: (matches) => matches.some((match) => match.staticData.isBare) });
  useSessionKept();
  useSessionAsked();
  return (
    <Suspense fallback={<Loading />}>
      {isBare ? <Outlet /> : PAGES[state]}
      {!isBare && state === 'ended' && <SessionEnded />}
    </Suspense>
  );
}
