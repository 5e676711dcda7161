import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { BatchRead } from '@/api';
import { formatNumber } from '@/lib/format';

import { formatSpan } from '../format';
import type { Live } from '../live';
import { ended, isActive, percentOf } from '../model';
import { Money } from './money';
import { Progress, Spoken } from './progress';

const SECOND = 1_000;

/** How far, since when, until when and for how much. */
export function Summary({ batch, live }: { batch: BatchRead; live: Live }) {
  const { t } = useTranslation('batches');
  const { counts } = batch;
  const isMoving = isActive(batch.state) || counts.running > 0;
  return (
    <div className="flex flex-col gap-2">
      <Progress counts={counts} label={t('progress')} />
      <Spoken counts={counts} />
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-small text-ink2">
        <Fact name={t('ended')}>
          <span className="font-mono">
            {formatNumber(ended(counts))} / {formatNumber(counts.total)} · {percentOf(counts)} %
          </span>
        </Fact>
        {/* A batch that was tried again later ran no longer for it: what lay between is no work. */}
        <Fact name={t(isMoving ? 'elapsed' : 'startToEnd')}>
          <Elapsed since={batch.created_at} until={isMoving ? null : batch.finished_at} />
        </Fact>
        {isMoving && (
          <Fact name={t('left')}>
            <Left batch={batch} live={live} />
          </Fact>
        )}
        <Fact name={t('cost')}>
          <Money
            settled={batch.settled}
            settledUnknown={batch.settled_unknown}
            estimated={batch.estimated}
            estimatedUnknown={batch.estimated_unknown}
            currency={batch.currency}
          />
        </Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-ink3">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Elapsed({ since, until }: { since: string; until: string | null }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until !== null) return;
    const timer = setInterval(() => setNow(Date.now()), SECOND);
    return () => clearInterval(timer);
  }, [until]);
  const end = until === null ? now : Date.parse(until);
  return <span className="font-mono">{formatSpan((end - Date.parse(since)) / SECOND)}</span>;
}

/** Nobody knows when something ends that waits for somebody: then that is said. */
function Left({ batch, live }: { batch: BatchRead; live: Live }) {
  const { t } = useTranslation('batches');
  const seconds = live.document?.eta_seconds ?? null;
  if (batch.state === 'paused') return t('leftPaused');
  if (seconds === null) return t('leftUnknown');
  return <span className="font-mono">≈ {formatSpan(seconds)}</span>;
}
