import { Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { sendKept } from '@/features/create';
import { followClicks, followNews } from '@/features/notices';
import { followPerson } from '@/features/settings';
import { useConnection } from '@/lib/connection';
import { Notice } from '@/ui/notice';
import { Loading } from '@/ui/state';
import { say, useWords } from '@/ui/toast';

import { Rail } from './rail';
import { hide, useShown } from './shown';
import { TopBar } from './topbar';

const Palette = lazy(() => import('../palette/palette'));
const KeysDialog = lazy(() => import('./keys-dialog'));
const Toaster = lazy(() => import('@/ui/toaster'));

/** The inverted L of rail and bar, dimmer than what it frames, and the sheet of paper that is the screen. */
export function Shell() {
  const { t } = useTranslation('app');
  const isOnline = useConnection() === 'online';
  const router = useRouter();
  useEffect(() => void followPerson(), []);
  useEffect(() => {
    const go = (to: string) => void router.navigate({ to });
    const [news, clicks] = [followNews(go), followClicks(go)];
    return () => {
      news();
      clicks();
    };
  }, [router]);
  useEffect(() => {
    if (isOnline) void sendKept((name) => say({ title: t('sentLater', { name }), kind: 'ok' }));
  }, [isOnline, t]);
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-control bg-ink px-3 py-2 text-control text-app focus:translate-y-0"
      >
        {t('skip')}
      </a>
      <div className="flex h-full max-tablet:flex-col">
        <Rail />
        <div className="flex min-h-0 min-w-0 grow flex-col">
          <TopBar />
          <Sheet />
        </div>
      </div>
      <Overlays />
    </>
  );
}

function Sheet() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(path);
  // Whoever goes somewhere by keyboard continues there.
  useEffect(() => {
    if (first.current === path) return;
    first.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <main
      ref={main}
      id="main"
      tabIndex={-1}
      className="flex min-h-0 grow flex-col overflow-hidden border-line bg-surface outline-none tablet:rounded-tl-dialog tablet:border-t tablet:border-l max-tablet:border-t"
    >
      <ConnectionNotice />
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </main>
  );
}

function ConnectionNotice() {
  const connection = useConnection();
  const { t } = useTranslation('app');
  if (connection === 'online') return null;
  return (
    <Notice kind="warn" className="m-3 mb-0">
      {t(connection === 'offline' ? 'offline' : 'unreachable.banner')}
    </Notice>
  );
}

function Overlays() {
  const { overlay, loaded } = useShown();
  const speaks = useWords((words) => words.speaks);
  return (
    <Suspense fallback={null}>
      {loaded.includes('palette') && <Palette open={overlay === 'palette'} onClose={hide} />}
      {loaded.includes('keys') && <KeysDialog open={overlay === 'keys'} onClose={hide} />}
      {speaks && <Toaster />}
    </Suspense>
  );
}
