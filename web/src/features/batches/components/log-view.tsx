import { RotateCcw, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { type BatchRead, type CauseRead, asProblem } from '@/api';
import { formatAgo, formatMoney, formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { Said } from '@/ui/said';
import { ErrorState, Loading } from '@/ui/state';

import { useCauses, useEdits } from '../api';
import { useUndo } from '../editing';
import type { Live } from '../live';
import { isItemState, type ItemState, RETRIABLE } from '../model';
import type { Steering } from '../steering';
import { Lanes } from './lanes';
import { StateIcon } from './state-icon';

interface LogViewProps {
  batch: BatchRead;
  live: Live;
  steering: Steering;
  onFilter: (state: ItemState) => void;
}

/** What went wrong, by cause; what was changed; and, where there is no room beside, the lanes. */
export function LogView({ batch, live, steering, onFilter }: LogViewProps) {
  const { t } = useTranslation('batches');
  const causes = useCauses(batch.id, batch.counts);
  return (
    <div className="scroll-slim min-h-0 grow overflow-y-auto px-6 py-4 max-tablet:px-4">
      <div className="mb-6 desk:hidden">
        <Lanes live={live} steering={steering} isOver={live.phase === 'over'} />
      </div>
      <h2 className="mb-2 text-small font-medium text-ink2">{t('log.causes')}</h2>
      {causes.isPending && <Loading />}
      {causes.isError && !causes.data && <ErrorState problem={asProblem(causes.error)} onRetry={() => void causes.refetch()} />}
      {causes.data?.causes.length === 0 && <p className="text-body text-ink2">{t('log.nothing')}</p>}
      <ul className="flex flex-col gap-2">
        {causes.data?.causes.map((cause) => (
          <Cause
            key={`${cause.state} ${cause.outcome} ${cause.provider} ${cause.message}`}
            cause={cause}
            currency={causes.data.currency}
            steering={steering}
            onFilter={onFilter}
          />
        ))}
      </ul>
      {(causes.data?.left_out ?? 0) > 0 && (
        <p className="mt-2 text-small text-ink2">
          {t('log.leftOut', { count: causes.data?.left_out ?? 0, number: formatNumber(causes.data?.left_out ?? 0) })}
        </p>
      )}
      <Edits batchId={batch.id} live={live} />
    </div>
  );
}

interface CauseProps {
  cause: CauseRead;
  currency: string;
  steering: Steering;
  onFilter: (state: ItemState) => void;
}

function Cause({ cause, currency, steering, onFilter }: CauseProps) {
  const { t } = useTranslation('batches');
  const state = isItemState(cause.state) ? cause.state : 'failed';
  const price = cause.estimated === null ? t('money.unknown') : `≈ ${formatMoney(cause.estimated, currency)}`;
  const unknown = cause.estimated !== null && cause.estimated_unknown > 0;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 rounded-control border border-line p-3">
      <StateIcon state={state} className="mt-1 size-4" />
      <div className="min-w-48 flex-1">
        <p className="text-control font-medium">
          {t('log.cause', { number: formatNumber(cause.items), state: t(`states.${state}`), why: t(`outcomes.${cause.outcome ?? 'none'}`, { defaultValue: cause.outcome ?? '' }) })}
        </p>
        {cause.message && (
          <p className="mt-0.5 text-small break-words text-ink2">
            <Said text={cause.message} />
          </p>
        )}
        <p className="mt-0.5 text-meta text-ink3">
          <span className="font-mono">{cause.provider}</span> · {t('log.first', { number: formatNumber(cause.first_position + 1) })}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button size="small" tone="quiet" onClick={() => onFilter(state)}>
          {t('log.show')}
        </Button>
        {state === 'uncertain' && (
          <>
            <Button size="small" busy={steering.busy === 'give_up'} onClick={() => steering.resolve('give_up', cause)}>
              {t('uncertain.giveUp', { count: cause.items, number: formatNumber(cause.items) })}
            </Button>
            <Button size="small" busy={steering.busy === 'resend'} onClick={() => steering.resolve('resend', cause)}>
              {t('uncertain.resend', { count: cause.items, number: formatNumber(cause.items), price: unknown ? `${price} + ${t('money.unknown')}` : price })}
            </Button>
          </>
        )}
        {RETRIABLE.includes(state) && (
          <Button
            size="small"
            icon={<RotateCcw aria-hidden="true" className="size-3" />}
            busy={steering.busy === 'retry'}
            onClick={() => steering.retry({ states: [state], cause })}
          >
            {t('log.retry', { count: cause.items, number: formatNumber(cause.items), price })}
            {unknown && ` + ${t('money.unknown')}`}
          </Button>
        )}
      </div>
    </li>
  );
}

function Edits({ batchId, live }: { batchId: string; live: Live }) {
  const { t } = useTranslation('batches');
  const edits = useEdits(batchId);
  const undo = useUndo(live);
  if (!edits.data || edits.data.items.length === 0) return null;
  return (
    <section className="mt-6">
      <h2 className="mb-2 text-small font-medium text-ink2">{t('log.edits')}</h2>
      <ul className="flex flex-col gap-2">
        {edits.data.items.map((edit) => (
          <li key={edit.id} className="flex items-center gap-3 rounded-control border border-line px-3 py-2 text-control">
            <span className="min-w-0 flex-1 truncate">{edit.name}</span>
            <time dateTime={edit.created_at} className="text-small text-ink3">
              {formatAgo(edit.created_at)}
            </time>
            {edit.undone_at === null ? (
              <Button size="small" icon={<Undo2 aria-hidden="true" className="size-3" />} onClick={() => undo(edit.id)}>
                {t('undo')}
              </Button>
            ) : (
              <span className="text-small text-ink3">{t('log.undone')}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
