import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import type { BatchRead } from '@/api';
import { formatAgo, formatDate, formatNumber } from '@/lib/format';
import { said } from '@/lib/said';

import { moodOf, percentOf } from '../model';
import { Money } from './money';
import { MoodBadge } from './mood-badge';
import { Progress } from './progress';

/** A batch in the list: a roll with its name, how far it is and what it cost. */
export function BatchRow({ batch }: { batch: BatchRead }) {
  const { t } = useTranslation('batches');
  const { counts } = batch;
  const bad = counts.failed + counts.refused + counts.uncertain;
  return (
    <Link
      to="/batches/$batchId"
      params={{ batchId: batch.id }}
      className="grid gap-x-6 gap-y-2 rounded-control border-b border-line px-3 py-3 transition-colors -outline-offset-2 hover:bg-hover tablet:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,3fr)] tablet:items-center"
    >
      <span className="min-w-0">
        <span className="flex items-center gap-2">
          <span className="truncate text-body font-medium">{batch.name}</span>
          <MoodBadge mood={moodOf(batch)} />
        </span>
        <span className="flex gap-2 text-small text-ink3">
          <span className="font-mono">{batch.id.slice(-6)}</span>
          <time dateTime={batch.created_at} title={formatDate(batch.created_at)}>
            {formatAgo(batch.created_at)}
          </time>
          {batch.reason && <span className="truncate text-warn">{said(batch.reason)}</span>}
        </span>
      </span>
      <span className="flex flex-col gap-1.5">
        <Progress counts={counts} label={t('progressOf', { name: batch.name })} className="h-2" />
        <span className="flex justify-between gap-2 text-small text-ink2">
          <span>
            {t('doneOf', { done: formatNumber(counts.done), total: formatNumber(counts.total) })}
            {bad > 0 && <span className="text-bad"> · {t('withoutPicture', { count: bad, number: formatNumber(bad) })}</span>}
          </span>
          <span className="font-mono">{percentOf(counts)} %</span>
        </span>
      </span>
      <span className="text-small tablet:text-end">
        <Money
          settled={batch.settled}
          settledUnknown={batch.settled_unknown}
          estimated={batch.estimated}
          estimatedUnknown={batch.estimated_unknown}
          currency={batch.currency}
        />
      </span>
    </Link>
  );
}
