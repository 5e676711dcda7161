import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import {
  asProblem,
  cancelBatch,
  type CauseRead,
  pauseBatch,
  pauseLane,
  resumeBatch,
  resumeLane,
  retryItems,
  unscheduleBatch,
} from '@/api';
import { formatNumber } from '@/lib/format';
import { say } from '@/ui/toast';

import type { Live } from './live';
import type { ItemState } from './model';
import { decide, type Resolution } from './uncertain';

export interface Retry {
  states: readonly ItemState[];
  cause?: CauseRead;
  itemIds?: string[];
}

export interface Steering {
  /** What is being done now: its button says so. */
  busy: string | null;
  pause: () => void;
  resume: () => void;
  cancel: () => void;
  /** May begin calls at any time from now on. */
  unschedule: () => void;
  retry: (retry: Retry) => void;
  /** Of all that is uncertain, of some items, or of a cause. */
  resolve: (resolution: Resolution, which?: string[] | CauseRead) => void;
  pauseLane: (id: string) => void;
  resumeLane: (id: string) => void;
}

function complain(error: unknown): void {
  const problem = asProblem(error);
  say({ kind: 'bad', title: problem.title, text: [problem.message, problem.hint].filter(Boolean).join(' ') });
}

/** What was known of the batch, of the list and of lanes is old now. */
function forget(queries: QueryClient, batchId: string): void {
  void queries.invalidateQueries({
    predicate: ({ queryKey }) => {
      const key = JSON.stringify(queryKey);
      return key.includes(batchId) || key.includes('listBatches') || key.includes('listLanes');
    },
  });
}

/** Everything that can be done to a batch. What is safe is done at once and can be taken back from the toast. */
export function useSteering(live: Live): Steering {
  const { t } = useTranslation('batches');
  const queries = useQueryClient();
  const [busy, setBusy] = useState<string | null>(null);

  const act = useCallback(
    async (name: string, work: () => Promise<void>) => {
      setBusy(name);
      await work().catch(complain);
      setBusy(null);
      live.refresh();
      forget(queries, live.batchId);
    },
    [live, queries],
  );

  const { batchId } = live;
  const deeds = useMemo(() => {
    const path = { batch_id: batchId };
    const pause = () =>
      void act('pause', async () => {
        await pauseBatch({ path, throwOnError: true });
        say({ title: t('said.paused'), text: t('said.pausedText'), action: { label: t('resume'), run: resume } });
      });
    const resume = () =>
      void act('resume', async () => {
        await resumeBatch({ path, throwOnError: true });
        say({ title: t('said.resumed'), action: { label: t('pause'), run: pause } });
      });
    return {
      pause,
      resume,
      cancel: () =>
        void act('cancel', async () => {
          const { data } = await cancelBatch({ path, throwOnError: true });
          say({ title: t('said.cancelled', { count: data.counts.cancelled, number: formatNumber(data.counts.cancelled) }), text: t('said.cancelledText') });
        }),
      unschedule: () =>
        void act('unschedule', async () => {
          await unscheduleBatch({ path, throwOnError: true });
          say({ title: t('said.unscheduled') });
        }),
      retry: ({ states, cause, itemIds }: Retry) =>
        void act('retry', async () => {
          const picked = cause && { outcome: cause.outcome, provider: cause.provider, message: cause.message };
          const body = { states: states as ('failed' | 'refused' | 'cancelled')[], cause: picked, item_ids: itemIds };
          const { data } = await retryItems({ path, body, throwOnError: true });
          say({ kind: 'ok', title: t('said.retried', { count: data.items, number: formatNumber(data.items) }) });
        }),
      resolve: (resolution: Resolution, which?: string[] | CauseRead) =>
        void act(resolution, async () => {
          const count = await decide(batchId, resolution, which);
          say({ title: t(resolution === 'resend' ? 'said.resent' : 'said.givenUp', { count, number: formatNumber(count) }) });
        }),
      pauseLane: (id: string) => void act(`lane:${id}`, async () => void (await pauseLane({ path: { lane_id: id }, throwOnError: true }))),
      resumeLane: (id: string) => void act(`lane:${id}`, async () => void (await resumeLane({ path: { lane_id: id }, throwOnError: true }))),
    };
  }, [act, batchId, t]);
  return useMemo(() => ({ ...deeds, busy }), [deeds, busy]);
}
