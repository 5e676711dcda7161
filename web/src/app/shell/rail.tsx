import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';

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

/** Warp and weft, with the threads of the grease pencil. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="6" className="fill-ink" />
      <path d="M7 9h18M7 16h18M7 23h18" className="stroke-app" strokeWidth="2.4" strokeLinecap="round" />
      <path d="M11.500 6v6.500M20.500 6v6.500M16 13v6M11.500 19.500V26M20.500 19.500V26" className="stroke-ink" strokeWidth="5" />
      <path
        d="M11.500 6.500v6M20.500 6.500v6M16 13v6M11.500 19.500v6M20.500 19.500v6"
        stroke="#ff8a5c"
        strokeWidth="2.400"
        strokeLinecap="round"
      />
    </svg>
  );
}
