import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Button } from '@/ui/button';
import { ErrorState, Loading } from '@/ui/state';

export interface FoundListProps {
  query: { error: unknown; isPending: boolean; isFetching: boolean; hasNextPage: boolean; fetchNextPage: () => unknown; refetch: () => unknown };
  /** What is said where there is none. */
  empty: string;
  children: ReactNode[];
}

/** A list that goes on as far as somebody wants to look. */
export function FoundList({ query, empty, children }: FoundListProps) {
  const { t } = useTranslation('create');
  if (query.error) return <ErrorState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Loading />;
  return (
    <>
      {children.length === 0 && !query.hasNextPage && <p className="py-8 text-center text-control text-ink3">{empty}</p>}
      {children.length > 0 && <ul className="divide-y divide-line border-y border-line">{children}</ul>}
      {query.hasNextPage && (
        <Button tone="quiet" className="mt-2" busy={query.isFetching} onClick={() => void query.fetchNextPage()}>
          {t(children.length === 0 ? 'found.further' : 'found.more')}
        </Button>
      )}
    </>
  );
}
