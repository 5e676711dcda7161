import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';
import { Mark } from '@/ui/mark';

import { PLACES } from './places';

const linkLook =
  'group flex flex-col items-center justify-center gap-1 rounded-control text-meta font-medium text-ink2 transition-colors hover:text-ink';

/** The rail at the side; on phones the same places are tabs at the bottom. */
export function Rail() {
  const { t } = useTranslation('app');
  return (
    <nav
      aria-label={t('places.label')}
      className="z-10 flex shrink-0 bg-app max-tablet:order-last max-tablet:border-t max-tablet:border-line max-tablet:px-2 max-tablet:pb-[env(safe-area-inset-bottom)] tablet:w-[68px] tablet:flex-col tablet:items-center tablet:gap-1 tablet:pt-2"
    >
      <a href="/create" aria-label="Imageloom" className="mb-2 flex size-10 items-center justify-center max-tablet:hidden">
        <Mark className="size-7" />
      </a>
      {PLACES.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ includeSearch: false }}
          className={cx(linkLook, 'max-tablet:h-14 max-tablet:min-w-0 max-tablet:grow tablet:h-14 tablet:w-[60px]')}
          activeProps={{ className: 'text-ink!' }}
        >
          {({ isActive }) => (
            <>
              <span
                className={cx(
                  'flex h-7 w-11 items-center justify-center rounded-full transition-colors',
                  isActive ? 'bg-ink text-app' : 'group-hover:bg-hover',
                )}
              >
                <Icon aria-hidden="true" className="size-[18px]" strokeWidth={1.75} />
              </span>
              <span className="max-w-full truncate">{t(label)}</span>
            </>
          )}
        </Link>
      ))}
    </nav>
  );
}
