import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowLeft, ChevronLeft, ChevronRight, EyeOff } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listAssetsOptions, listLineupsOptions, readBatchOptions } from '@/api';
import { useActions } from '@/lib/actions';
import { formatNumber } from '@/lib/format';
import { Button, IconButton } from '@/ui/button';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { isMoving, within } from '../model/lineup';
import { nextMat } from '../model/mat';
import { modelsRoute } from '../routes';
import { BlindVote } from './blind-vote';
import { Lineup } from './lineup';
import { Wins } from './wins';

const MOVING_MILLISECONDS = 4_000;
const MOST_VOTED = 9;

/** One prompt of a batch at every model, side by side: what each made of it, for how much and how fast. */
export function ModelsPage() {
  const { t } = useTranslation('viewer');
  const { batchId } = modelsRoute.useParams();
  const { line: wished } = modelsRoute.useSearch();
  const navigate = useNavigate();
  const [isBlind, setBlind] = useState(false);
  const batch = useQuery(readBatchOptions({ path: { batch_id: batchId } }));
  const { found, line, total } = useLine(batchId, wished);
  const shown = found.data?.lines[0];
  const ids = shown?.cells.flatMap(({ item }) => item.asset_id ?? []) ?? [];
  const pictures = useQuery({ ...listAssetsOptions({ query: { ids, limit: Math.max(ids.length, 1) } }), enabled: ids.length > 0 });
  const assets = ids.map((id) => pictures.data?.items.find((asset) => asset.id === id)).filter((asset) => asset !== undefined);
  const go = useCallback(
    (step: number) => {
      setBlind(false);
      void navigate({ to: '/batches/$batchId/models', params: { batchId }, search: { line: within(line + step, total) }, replace: true });
    },
    [batchId, line, navigate, total],
  );
  const back = useCallback(() => void navigate({ to: '/batches/$batchId', params: { batchId }, search: { view: 'wall' } }), [batchId, navigate]);
  useActions(
    useMemo(() => {
      const group = 'viewer:models.title';
      return [
        { id: 'models.back', label: 'viewer:models.back', group, keys: 'Escape', run: back },
        { id: 'models.before', label: 'viewer:models.before', group, keys: 'ArrowLeft', run: () => go(-1) },
        { id: 'models.next', label: 'viewer:models.next', group, keys: 'ArrowRight', run: () => go(1) },
        { id: 'models.mat', label: 'viewer:actions.mat', group, keys: 'l', run: nextMat },
      ];
    }, [back, go]),
  );
  const error = found.error ?? batch.error ?? pictures.error;
  const again = () => {
    void found.refetch();
    void batch.refetch();
    void pictures.refetch();
  };
  return (
    <section aria-label={t('models.title')} className="flex min-h-0 grow flex-col">
      <title>{`${t('models.title')} · Imageloom`}</title>
      <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <IconButton label={t('models.back')} onClick={back}>
          <ArrowLeft aria-hidden="true" className="size-[18px]" />
        </IconButton>
        <h1 className="text-lead font-semibold">{t('models.title')}</h1>
        {total > 0 && (
          <div className="ml-auto flex items-center gap-1">
            {assets.length > 1 && assets.length <= MOST_VOTED && (
              <Button size="small" className="mr-2 max-tablet:h-11" aria-pressed={isBlind} icon={<EyeOff aria-hidden="true" className="size-3.5" />} onClick={() => setBlind(!isBlind)}>
                {t('compare.blind.open')}
              </Button>
            )}
            <IconButton label={t('models.before')} disabled={line <= 1} onClick={() => go(-1)}>
              <ChevronLeft aria-hidden="true" className="size-[18px]" />
            </IconButton>
            <span role="status" className="font-mono text-small whitespace-nowrap text-ink2">
              {t('models.place', { line: formatNumber(line), total: formatNumber(total) })}
            </span>
            <IconButton label={t('models.next')} disabled={line >= total} onClick={() => go(1)}>
              <ChevronRight aria-hidden="true" className="size-[18px]" />
            </IconButton>
          </div>
        )}
        {shown && !isBlind && (
          <p lang="" className="line-clamp-2 w-full text-control break-words text-ink2">
            {shown.prompt}
          </p>
        )}
      </header>
      {error ? (
        <ErrorState problem={asProblem(error)} onRetry={again} />
      ) : !found.data || !batch.data || pictures.isLoading ? (
        <Loading />
      ) : !shown ? (
        <Empty title={t('models.none.title')}>{t('models.none.text')}</Empty>
      ) : isBlind ? (
        <BlindVote key={line} assets={assets} onEnd={() => setBlind(false)} />
      ) : (
        <>
          <Lineup models={found.data.models} line={shown} assets={assets} currency={batch.data.currency} />
          <Wins batchId={batchId} projectId={batch.data.project_id} />
        </>
      )}
    </section>
  );
}

/** The line, and the ones beside it in advance. */
function useLine(batchId: string, wished: number) {
  const queries = useQueryClient();
  const optionsOf = (line: number) => listLineupsOptions({ path: { batch_id: batchId }, query: { start: line - 1, limit: 1 } });
  const asked = Math.max(1, Math.trunc(wished) || 1);
  const first = useQuery(optionsOf(asked));
  const total = first.data?.total ?? 0;
  const line = within(asked, total || asked);
  const found = useQuery({
    ...optionsOf(line),
    refetchInterval: ({ state }) => (isMoving(state.data?.lines[0]) ? MOVING_MILLISECONDS : false),
  });
  useEffect(() => {
    if (line < total) void queries.prefetchQuery(optionsOf(line + 1));
    // The options follow from these.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [batchId, line, total, queries]);
  return { found, line, total };
}
