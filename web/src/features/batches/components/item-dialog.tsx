import { ArrowLeft, ArrowRight, RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import type { AttemptRead, ItemRead } from '@/api';
import { formatDate, formatMoney, formatNumber } from '@/lib/format';
import { said } from '@/lib/said';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { useFieldWords } from '@/ui/field-words';
import { Said } from '@/ui/said';

import { useAttempts, useItems } from '../api';
import type { Live } from '../live';
import { type ItemState, RETRIABLE } from '../model';
import type { Steering } from '../steering';
import { previewUrl } from './frame';
import { Cost } from './list-view';
import { StateIcon } from './state-icon';

interface ItemDialogProps {
  batchId: string;
  /** Which item; none closes it. */
  place: number | null;
  live: Live;
  currency: string;
  steering: Steering;
  onMove: (place: number | null) => void;
}

/** One item: its picture or why there is none, what was asked, each try and what it cost. */
export function ItemDialog(props: ItemDialogProps) {
  const { place, onMove } = props;
  const { t } = useTranslation('batches');
  return (
    <Dialog
      open={place !== null}
      onOpenChange={(open) => !open && onMove(null)}
      title={t('item.title', { number: formatNumber((place ?? 0) + 1) })}
      className="tablet:top-[6dvh] tablet:w-[min(760px,calc(100vw-48px))]"
    >
      {place !== null && <Content {...props} place={place} />}
    </Dialog>
  );
}

function Content({ batchId, place, live, currency, steering, onMove }: ItemDialogProps & { place: number }) {
  const { t } = useTranslation('batches');
  const item = useItems(batchId, live, live.version, [place]).get(place);
  const state = live.cells.state(place);
  const asset = live.cells.asset(place);
  const id = live.cells.id(place);
  const attempts = useAttempts(batchId, id, `${state} ${item?.attempts ?? 0}`);
  return (
    <div className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pb-5">
      {state === 'done' && asset !== null && live.cells.preview(place) === 'done' && (
        <div className="flex max-h-[46dvh] justify-center rounded-frame bg-mat">
          <img key={asset} src={previewUrl(asset, 512)} alt={item?.prompt ?? ''} className="max-h-[46dvh] object-contain" />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2 text-control">
        <StateIcon state={state} className="size-4" />
        <span className="font-medium">{t(`states.${state}`)}</span>
        {item?.outcome && state !== 'done' && <span className="text-ink2">{t(`outcomes.${item.outcome}`, { defaultValue: item.outcome })}</span>}
        <span className="ml-auto flex gap-1">
          <IconButton label={t('item.before')} disabled={place === 0} onClick={() => onMove(place - 1)}>
            <ArrowLeft aria-hidden="true" className="size-4" />
          </IconButton>
          <IconButton label={t('item.after')} disabled={place >= live.cells.size - 1} onClick={() => onMove(place + 1)}>
            <ArrowRight aria-hidden="true" className="size-4" />
          </IconButton>
        </span>
      </div>
      {item && <Told item={item} currency={currency} />}
      {id && <Deeds id={id} state={state} steering={steering} />}
      {attempts.data && attempts.data.length > 0 && <Tries attempts={attempts.data} />}
    </div>
  );
}

function Told({ item, currency }: { item: ItemRead; currency: string }) {
  const { t } = useTranslation('batches');
  const words = useFieldWords();
  const fields = words.pairsOf(item.fields);
  return (
    <>
      <p className="text-body break-words whitespace-pre-wrap">
        {item.prompt}
      </p>
      {item.message && (
        <p className="rounded-control bg-app px-3 py-2 text-control break-words text-ink2">
          <Said text={item.message} />
        </p>
      )}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-small">
        <dt className="text-ink3">{t('columns.model')}</dt>
        <dd className="font-mono break-words">{item.model}</dd>
        {fields.length > 0 && (
          <>
            <dt className="text-ink3">{t('item.fields')}</dt>
            <dd className="break-words">{fields.map(({ name, value }) => t('edit.pair', { name, value })).join(' · ')}</dd>
          </>
        )}
        {item.not_sent.length > 0 && (
          <>
            <dt className="text-ink3">{t('item.notSent')}</dt>
            <dd className="text-warn">{item.not_sent.map((entry) => t('item.reason', { name: words.nameOf(String(entry['field'])), reason: said(String(entry['reason'])) })).join('; ')}</dd>
          </>
        )}
        <dt className="text-ink3">{t('cost')}</dt>
        <dd className="font-mono">
          {item.is_reused ? t('item.reused') : item.attempts === 0 ? '–' : <Cost item={item} currency={currency} />}{' '}
          <span className="text-ink3">
            {t('money.of')} {item.estimated === null ? t('money.unknown') : `≈ ${formatMoney(item.estimated, currency)}`}
          </span>
        </dd>
      </dl>
    </>
  );
}

function Deeds({ id, state, steering }: { id: string; state: ItemState; steering: Steering }) {
  const { t } = useTranslation('batches');
  const icon = <RotateCcw aria-hidden="true" className="size-3.5" />;
  if (state === 'uncertain') {
    return (
      <div className="flex flex-wrap items-center gap-2">
        <p className="w-full text-small text-ink2">{t('uncertain.text')}</p>
        <Button busy={steering.busy === 'give_up'} onClick={() => steering.resolve('give_up', [id])}>
          {t('uncertain.giveUpOne')}
        </Button>
        <Button icon={icon} busy={steering.busy === 'resend'} onClick={() => steering.resolve('resend', [id])}>
          {t('uncertain.resendOne')}
        </Button>
      </div>
    );
  }
  if (!RETRIABLE.includes(state)) return null;
  return (
    <div className="flex items-center gap-3">
      <Button icon={icon} busy={steering.busy === 'retry'} onClick={() => steering.retry({ states: [state], itemIds: [id] })}>
        {t('item.retry')}
      </Button>
      <span className="text-small text-ink2">{t('item.retryText')}</span>
    </div>
  );
}

function Tries({ attempts }: { attempts: AttemptRead[] }) {
  const { t } = useTranslation('batches');
  return (
    <section>
      <h3 className="mb-1 text-small font-medium text-ink2">{t('item.tries')}</h3>
      <ol className="flex flex-col">
        {attempts.map((attempt) => (
          <li key={attempt.id} className="flex flex-wrap gap-x-3 border-t border-line py-1.5 text-small">
            <span className="font-mono text-ink3">{attempt.number}</span>
            <span>{t(`outcomes.${attempt.outcome ?? attempt.state}`, { defaultValue: attempt.outcome ?? attempt.state })}</span>
            <time dateTime={attempt.started_at} className="text-ink3">
              {formatDate(attempt.started_at, { timeStyle: 'medium' })}
            </time>
            <span className="ml-auto font-mono">
              {attempt.settled_at === null ? '…' : attempt.billed === false ? t('item.notPaid') : attempt.settled === null ? t('money.unknown') : formatMoney(attempt.settled, attempt.currency)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
