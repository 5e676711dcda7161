import { useTranslation } from 'react-i18next';

import type { BatchRead } from '@/api';
import { formatDate, formatMoney, formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';

import { useCauses } from '../api';
import type { Live } from '../live';
import { hasCome, isActive } from '../model';
import { sumOf } from '../sums';
import type { Steering } from '../steering';

/** What a person should know, and what only a person can decide. */
export function Notices({ batch, live, steering }: { batch: BatchRead; live: Live; steering: Steering }) {
  const { t } = useTranslation('batches');
  return (
    <>
      {live.phase === 'lost' && <Notice kind="info">{t('lost')}</Notice>}
      {batch.expanding && <Notice kind="info">{t('expanding', { written: formatNumber(live.cells.size), total: formatNumber(batch.counts.total) })}</Notice>}
      {batch.pilot?.state === 'asking' ? (
        <Pilot batch={batch} steering={steering} />
      ) : (
        batch.reason && batch.state !== 'cancelled' && <Notice kind="warn"><Said text={batch.reason} /></Notice>
      )}
      {batch.pilot?.state === 'running' && <Notice kind="info">{t('pilot.running', { count: batch.pilot.items, number: formatNumber(batch.pilot.items) })}</Notice>}
      <Hours batch={batch} steering={steering} />
      {batch.counts.uncertain > 0 && <Uncertain batch={batch} steering={steering} />}
    </>
  );
}

/** Only a person may decide about what was perhaps paid already. */
function Uncertain({ batch, steering }: { batch: BatchRead; steering: Steering }) {
  const { t } = useTranslation('batches');
  const count = batch.counts.uncertain;
  const causes = useCauses(batch.id, batch.counts);
  const sum = sumOf(causes.data?.causes.filter((cause) => cause.state === 'uncertain') ?? []);
  const known = sum.amount === null ? t('money.unknown') : `≈ ${formatMoney(sum.amount, batch.currency)}`;
  const price = sum.amount !== null && sum.unknown > 0 ? `${known} + ${t('money.unknown')}` : known;
  return (
    <Notice kind="info">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="min-w-56 flex-1">
          <strong className="font-medium">{t('uncertain.title', { count, number: formatNumber(count) })}</strong> {t('uncertain.text')}
        </p>
        <span className="flex flex-wrap gap-2">
          <Button size="small" busy={steering.busy === 'give_up'} onClick={() => steering.resolve('give_up')}>
            {t('uncertain.giveUp', { count, number: formatNumber(count) })}
          </Button>
          <Button size="small" busy={steering.busy === 'resend'} onClick={() => steering.resolve('resend')}>
            {t('uncertain.resend', { count, number: formatNumber(count), price })}
          </Button>
        </span>
      </div>
    </Notice>
  );
}

/** The first have been made and nothing more is bought: somebody has to say how to go on. */
function Pilot({ batch, steering }: { batch: BatchRead; steering: Steering }) {
  const { t } = useTranslation('batches');
  const left = batch.counts.pending;
  const made = batch.pilot?.items ?? 0;
  return (
    <Notice kind="warn">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="min-w-56 flex-1">
          <strong className="font-medium">{t('pilot.asks', { count: made, number: formatNumber(made) })}</strong> {t('pilot.left', { count: left, number: formatNumber(left) })}
        </p>
        <span className="flex flex-wrap gap-2">
          <Button size="small" busy={steering.busy === 'cancel'} onClick={steering.cancel}>
            {t('pilot.stop')}
          </Button>
          <Button size="small" tone="ink" busy={steering.busy === 'resume'} onClick={steering.resume}>
            {t('pilot.goOn', { count: left, number: formatNumber(left) })}
          </Button>
        </span>
      </div>
    </Notice>
  );
}

/** When it may buy, where that is not always. */
function Hours({ batch, steering }: { batch: BatchRead; steering: Steering }) {
  const { t } = useTranslation('batches');
  if (!batch.schedule || !isActive(batch.state)) return null;
  const { opens_at: opens, closes_at: closes } = batch;
  const isShut = opens !== null && !hasCome(opens);
  const words = isShut ? t('hours.opens', { date: formatDate(opens) }) : closes ? t('hours.closes', { date: formatDate(closes) }) : null;
  if (!words) return null;
  return (
    <Notice
      kind="info"
      action={
        <Button size="small" busy={steering.busy === 'unschedule'} onClick={steering.unschedule}>
          {t('hours.always')}
        </Button>
      }
    >
      {words} {batch.schedule.windows.length > 0 && <span className="font-mono text-small">{batch.schedule.windows.join(', ')}</span>}
    </Notice>
  );
}
