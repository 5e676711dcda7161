import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, readBatchOptions } from '@/api';
import { Page } from '@/ui/page';
import { ErrorState, Loading } from '@/ui/state';

import { useLive } from '../live';
import { isActive, isItemState, type ItemState, moodOf } from '../model';
import { batchRoute } from '../routes';
import { useSteering } from '../steering';
import { BatchActions } from './batch-actions';
import { CountChips } from './count-chips';
import { EditDialog } from './edit-dialog';
import { ItemDialog } from './item-dialog';
import { Lanes } from './lanes';
import { ListView } from './list-view';
import { LogView } from './log-view';
import { MoodBadge } from './mood-badge';
import { Notices } from './notices';
import { Summary } from './summary';
import { Views } from './views';
import { Wall } from './wall';

const ACTIVE_MILLISECONDS = 3_000;
const OVER_MILLISECONDS = 15_000;

/** A batch as it runs: what is made, what waits and why, what it costs, and everything that can be done about it. */
export function BatchPage() {
  const { t } = useTranslation('batches');
  const { batchId } = batchRoute.useParams();
  const search = batchRoute.useSearch();
  const navigate = useNavigate();
  const { live, version } = useLive(batchId);
  const steering = useSteering(live);
  const batch = useQuery({
    ...readBatchOptions({ path: { batch_id: batchId } }),
    refetchInterval: (query) => (isActive(query.state.data?.state ?? 'running') ? ACTIVE_MILLISECONDS : OVER_MILLISECONDS),
  });
  const [opened, setOpened] = useState<number | null>(null);
  const [isEditing, setEditing] = useState(false);
  const edit = useCallback(() => setEditing(true), []);

  if (batch.isError && !batch.data) {
    return (
      <Page title={t('one.title')}>
        <ErrorState problem={asProblem(batch.error)} onRetry={() => void batch.refetch()} />
      </Page>
    );
  }
  if (!batch.data) {
    return (
      <Page title={t('one.title')}>
        <Loading />
      </Page>
    );
  }
  const now = { ...batch.data, ...live.document };
  const state = isItemState(search.state) ? search.state : undefined;
  const filter = (next: ItemState | undefined) =>
    void navigate({ to: '/batches/$batchId', params: { batchId }, search: { view: search.view === 'log' ? 'list' : search.view, state: next }, replace: true });
  const shown = { live, version, state, onOpen: setOpened };
  return (
    <>
      <title>{`${now.name} · Imageloom`}</title>
      <header className="flex shrink-0 flex-col gap-3 px-6 pt-3 pb-3 max-tablet:px-4">
        <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="min-w-0 truncate text-title font-semibold tracking-[-0.01em]">{now.name}</h1>
          <MoodBadge mood={moodOf(now)} />
          <span className="font-mono text-small text-ink3">{batchId.slice(-6)}</span>
          <BatchActions batch={now} steering={steering} onEdit={edit} />
        </div>
        <Summary batch={now} live={live} />
        <Notices batch={now} live={live} steering={steering} />
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <CountChips counts={now.counts} chosen={state} onChoose={filter} />
          <Views batchId={batchId} view={search.view} state={state} />
        </div>
      </header>
      <div className="flex min-h-0 grow border-t border-line">
        <section aria-label={t(`views.${search.view}`)} className="flex min-h-0 min-w-0 grow flex-col">
          {search.view === 'wall' && <Wall key={state ?? 'all'} {...shown} />}
          {search.view === 'list' && <ListView key={state ?? 'all'} {...shown} batchId={batchId} currency={now.currency} />}
          {search.view === 'log' && <LogView batch={now} live={live} steering={steering} onFilter={filter} />}
        </section>
        <aside aria-label={t('lanes.title')} className="scroll-slim w-[300px] shrink-0 overflow-y-auto border-l border-line px-4 py-3 max-desk:hidden">
          <Lanes live={live} steering={steering} isOver={live.phase === 'over'} />
        </aside>
      </div>
      <ItemDialog batchId={batchId} place={opened} live={live} currency={now.currency} steering={steering} onMove={setOpened} />
      {isEditing && <EditDialog batch={now} live={live} onClose={() => setEditing(false)} />}
    </>
  );
}
