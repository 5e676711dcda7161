import { Languages, Search, SunMoon, UserRound } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { caps } from '@/lib/keys';
import { Kbd } from '@/ui/badge';
import { iconButtonLook } from '@/ui/button';
import { Mark } from '@/ui/mark';

import { show } from './shown';

const Menus = lazy(() => import('./menus'));

export function TopBar() {
  const { t } = useTranslation('app');
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 bg-app px-3 tablet:pl-0">
      <Mark className="size-7 shrink-0 tablet:hidden" />
      <button
        type="button"
        onClick={() => show('palette')}
        className="flex h-8 max-tablet:h-10 w-full max-w-[420px] min-w-0 items-center gap-2 rounded-control border border-line bg-surface px-2.5 text-start text-control text-ink3 transition-colors hover:border-edge hover:text-ink2"
      >
        <Search aria-hidden="true" className="size-4 shrink-0" />
        <span className="grow truncate">{t('search')}</span>
        <span className="flex gap-0.5 max-tablet:hidden">
          {caps('$mod+k')
            .flat()
            .map((cap) => (
              <Kbd key={cap}>{cap}</Kbd>
            ))}
        </span>
      </button>
      <div className="ml-auto flex items-center">
        <Suspense fallback={<Waiting />}>
          <Menus />
        </Suspense>
      </div>
    </header>
  );
}

/** The same buttons without their menus, until those are loaded. */
function Waiting(): ReactNode {
  return [Languages, SunMoon, UserRound].map((Icon) => (
    <span key={Icon.displayName} className={iconButtonLook} aria-hidden="true">
      <Icon className="size-[18px]" strokeWidth={1.75} />
    </span>
  ));
}
