import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, countVotesOptions, type WinsRead } from '@/api';
import { formatNumber } from '@/lib/format';
import { Choice } from '@/ui/choice';
import { ErrorState } from '@/ui/state';
import { type Column, Table } from '@/ui/table';

import { shareOf } from '../model/lineup';

type Of = 'batch' | 'project';

/** What each model has won of the blind votes in which it stood. A share is never said without its votes. */
export function Wins({ batchId, projectId }: { batchId: string; projectId: string }) {
  const { t } = useTranslation('viewer');
  const [of, setOf] = useState<Of>('batch');
  const votes = useQuery(countVotesOptions({ query: of === 'batch' ? { batch: batchId } : { project: projectId } }));
  const columns: Column<WinsRead>[] = [
    { id: 'model', title: t('models.wins.model'), cell: ({ model }) => model },
    { id: 'won', title: t('models.wins.won'), align: 'end', cell: (wins) => told(wins, t('models.wins.of', { won: formatNumber(wins.won), held: formatNumber(wins.held) })) },
  ];
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section aria-label={t('models.wins.title')} tabIndex={0} className="scroll-slim max-h-[36%] shrink-0 overflow-auto border-t border-line px-4 py-3">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-control font-medium">
          {t('models.wins.title')}
          {votes.data && <span className="ml-2 font-normal text-ink3">{t('models.wins.votes', { count: votes.data.votes, number: formatNumber(votes.data.votes) })}</span>}
        </h2>
        <Choice<Of> label={t('models.wins.scope')} labelHidden value={of} options={(['batch', 'project'] as const).map((value) => ({ value, label: t(`models.wins.ofs.${value}`) }))} onChange={setOf} />
      </div>
      {votes.error && <ErrorState problem={asProblem(votes.error)} onRetry={() => void votes.refetch()} />}
      {votes.data?.models.length === 0 && <p className="text-small text-ink2">{t('models.wins.none')}</p>}
      {votes.data && votes.data.models.length > 0 && (
        <div className="max-w-xl">
          <Table caption={t('models.wins.title')} columns={columns} rows={votes.data.models} rowKey={({ model }) => model} />
        </div>
      )}
    </section>
  );
}

function told(wins: WinsRead, counted: string): string {
  const share = shareOf(wins);
  return share === null ? counted : `${counted} · ${formatNumber(share, { style: 'percent', maximumFractionDigits: 0 })}`;
}
