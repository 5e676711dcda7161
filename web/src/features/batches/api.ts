import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { type CountsRead, type ItemRead, listAttempts, listCauses, listEditsOptions, listItemsOptions, listLanesOptions } from '@/api';

import type { Live } from './live';

const LANES_MILLISECONDS = 4_000;
const FRESH_MILLISECONDS = 4_000;
const SOON_MILLISECONDS = 1_000;
export const BLOCK = 50;

/** Why items have no picture. Asked anew when the numbers of those change. */
export function useCauses(batchId: string, counts: CountsRead) {
  const mark = `${counts.failed} ${counts.refused} ${counts.uncertain} ${counts.cancelled}`;
  return useQuery({
    queryKey: ['causes', batchId, mark],
    queryFn: async ({ signal }) => (await listCauses({ path: { batch_id: batchId }, signal, throwOnError: true })).data,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MILLISECONDS,
  });
}

/** The lanes as they are: their waits are no events of a batch, so they are asked for. */
export function useLanes(isOver: boolean) {
  return useQuery({ ...listLanesOptions(), refetchInterval: isOver ? false : LANES_MILLISECONDS });
}

/** Every try of an item; `mark` is something that changes with the item. */
export function useAttempts(batchId: string, itemId: string | undefined, mark: string) {
  return useQuery({
    queryKey: ['attempts', batchId, itemId, mark],
    queryFn: async ({ signal }) =>
      (await listAttempts({ path: { batch_id: batchId, item_id: itemId ?? '' }, signal, throwOnError: true })).data,
    enabled: itemId !== undefined,
    placeholderData: keepPreviousData,
  });
}

export function useEdits(batchId: string) {
  return useQuery(listEditsOptions({ path: { batch_id: batchId } }));
}

/** The items at some places, read in blocks; each block is read again after something in it has changed. */
export function useItems(batchId: string, live: Live, version: number, places: readonly number[]): Map<number, ItemRead> {
  const blocks = [...new Set(places.map((place) => Math.floor(place / BLOCK)))];
  const answers = useQueries({
    queries: blocks.map((block) => ({
      ...listItemsOptions({ path: { batch_id: batchId }, query: { start: block * BLOCK, limit: BLOCK } }),
      staleTime: FRESH_MILLISECONDS,
      refetchInterval: (query: { state: { data?: { items: ItemRead[] } } }) => {
        const isOld = query.state.data?.items.some((item) => item.state !== live.cells.state(item.position));
        if (isOld) return SOON_MILLISECONDS;
        return live.phase === 'over' ? false : FRESH_MILLISECONDS;
      },
    })),
  });
  return useMemo(() => {
    const found = new Map<number, ItemRead>();
    for (const { data } of answers) for (const item of data?.items ?? []) found.set(item.position, item);
    return found;
    // `answers` is a new list each time; what it holds changes with these.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [version, blocks.join(), answers.map((answer) => answer.dataUpdatedAt).join()]);
}
