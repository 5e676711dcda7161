import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listBatchesInfiniteOptions } from '@/api';
import { formatNumber } from '@/lib/format';
import { buttonLook } from '@/ui/button';
import { Page } from '@/ui/page';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { isActive } from '../model';
import { BatchRow } from './batch-row';

const PAGE = 50;
const LIVE_MILLISECONDS = 2_000;
const CALM_MILLISECONDS = 15_000;
const NEAR_THE_END = 8;

/** Every batch, newest first; those that run are counted anew every two seconds. */
export function BatchesPage() {
  const { t } = useTranslation('batches');
  const list = useInfiniteQuery({
    ...listBatchesInfiniteOptions({ query: { limit: PAGE } }),
    initialPageParam: {},
    getNextPageParam: (last) => (last.next === null ? undefined : { query: { cursor: last.next } }),
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((batch) => isActive(batch.state))) ? LIVE_MILLISECONDS : CALM_MILLISECONDS,
  });
  const batches = list.data?.pages.flatMap((page) => page.items) ?? [];
  const running = batches.filter((batch) => batch.state === 'running').length;
  return (
    <Page
      title={t('title')}
      beside={running > 0 && <span className="text-control text-signal">{t('runningNow', { count: running, number: formatNumber(running) })}</span>}
      actions={
        <Link to="/create" className={buttonLook('ink')}>
          {t('new')}
        </Link>
      }
    >
      {list.isPending && <Loading />}
      {list.isError && batches.length === 0 && <ErrorState problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
      {list.isSuccess && batches.length === 0 && (
        <Empty
          title={t('empty.title')}
          action={
            <Link to="/create" className={buttonLook('ink')}>
              {t('empty.action')}
            </Link>
          }
        >
          {t('empty.text')}
        </Empty>
      )}
      {batches.length > 0 && (
        <Rolls batches={batches} hasMore={list.hasNextPage} isLoadingMore={list.isFetchingNextPage} loadMore={() => void list.fetchNextPage()} />
      )}
    </Page>
  );
}

interface RollsProps {
  batches: Parameters<typeof BatchRow>[0]['batch'][];
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
}

function Rolls({ batches, hasMore, isLoadingMore, loadMore }: RollsProps) {
  const { t } = useTranslation('batches');
  const list = useRef<HTMLUListElement>(null);
  // Its own methods change with each scroll: nothing here may keep them.
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: batches.length,
    getScrollElement: () => list.current?.parentElement ?? null,
    estimateSize: () => 92,
    overscan: 8,
    getItemKey: (place) => batches[place]?.id ?? place,
  });
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last > batches.length - NEAR_THE_END) loadMore();
  }, [hasMore, isLoadingMore, last, batches.length, loadMore]);
  return (
    <>
      <ul ref={list} aria-label={t('title')} className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const batch = batches[row.index];
          return (
            batch && (
              <li
                key={row.key}
                ref={rows.measureElement}
                data-index={row.index}
                aria-setsize={hasMore ? -1 : batches.length}
                aria-posinset={row.index + 1}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <BatchRow batch={batch} />
              </li>
            )
          );
        })}
      </ul>
      {isLoadingMore && <Loading />}
    </>
  );
}
