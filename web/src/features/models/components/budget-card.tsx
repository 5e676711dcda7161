import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listBudgetsQueryKey, removeBudgetMutation, setBudgetMutation, type BudgetRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatDate, formatMoney } from '@/lib/format';
import { About } from '@/ui/about';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { say } from '@/ui/toast';

import { barOf } from '../model';
import { ChangeBudget } from './change-budget';

const PARTS = [
  { part: 'used', look: 'bg-ink' },
  { part: 'held', look: 'bg-signal' },
  { part: 'doubt', look: 'bg-warn' },
  { part: 'left', look: 'border border-edge bg-mat' },
] as const;

export function BudgetCard({ cap, mayChange }: { cap: BudgetRead; mayChange: boolean }) {
  const { t } = useTranslation('models');
  const [changing, setChanging] = useState(false);
  const remove = useRemoving(cap);
  const name = nameOf(cap, t(`budgets.kinds.${cap.kind}`));
  const money = (amount: string) => formatMoney(amount, cap.currency);
  return (
    <li className="rounded-control border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 grow">
          <h3 className="flex flex-wrap items-center gap-2 text-body font-medium">
            <span className="min-w-0 break-words">{cap.kind === 'batch' ? <ToBatch id={cap.target}>{name}</ToBatch> : name}</span>
            <Badge>{t(cap.is_hard ? 'budgets.hard' : 'budgets.soft')}</Badge>
            {cap.is_over && <Badge tone={cap.is_hard ? 'bad' : 'warn'}>{t('budgets.over')}</Badge>}
            {cap.waiting > 0 && <Badge tone="info">{t('budgets.waiting', { count: cap.waiting })}</Badge>}
          </h3>
          <p className="text-small text-ink2">
            <span className="font-medium tabular-nums">{money(cap.amount)}</span> <About amount={cap.amount} currency={cap.currency} /> {t(`budgets.periods.${cap.period}`)}
            {cap.resets_at && <span className="text-ink3"> · {t('budgets.resets', { when: formatDate(cap.resets_at, { dateStyle: 'medium', timeStyle: 'short', timeZone: cap.zone }), zone: cap.zone })}</span>}
          </p>
        </div>
        {mayChange && (
          <div className="flex gap-2">
            <Button size="small" className="max-tablet:h-11" aria-label={t('budgets.changeNamed', { name })} onClick={() => setChanging(true)}>
              {t('budgets.change')}
            </Button>
            <Button size="small" tone="quiet" className="max-tablet:h-11" busy={remove.isPending} aria-label={t('budgets.removeNamed', { name })} onClick={() => remove.mutate({ path: { cap_id: cap.id } })}>
              {t('budgets.remove')}
            </Button>
          </div>
        )}
      </div>
      <Meter cap={cap} />
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
        {PARTS.filter(({ part }) => part !== 'doubt' || Number(cap.doubt) > 0).map(({ part, look }) => (
          <div key={part} className="flex items-center gap-1.5 text-small">
            <span aria-hidden="true" className={cx('size-2.5 rounded-[2px]', look)} />
            <dt className="text-ink2">{t(`budgets.${part}`)}</dt>
            <dd className="font-medium tabular-nums">{money(cap[part])}</dd>
          </div>
        ))}
      </dl>
      {cap.unknown > 0 && <p className="mt-2 text-small text-warn">{t('budgets.unknown', { count: cap.unknown })}</p>}
      {changing && <ChangeBudget cap={cap} name={name} onClose={() => setChanging(false)} />}
    </li>
  );
}

/** The list below says the same in numbers. */
function Meter({ cap }: { cap: BudgetRead }) {
  const bar = barOf(cap);
  return (
    <div aria-hidden="true" className="mt-3 flex h-2.5 overflow-hidden rounded-frame border border-edge bg-mat">
      {PARTS.filter(({ part }) => part !== 'left' && bar[part] > 0).map(({ part, look }) => (
        <span key={part} className={cx(look, 'h-full min-w-0.5')} style={{ width: `${bar[part]}%` }} />
      ))}
    </div>
  );
}

function ToBatch({ id, children }: { id: string; children: string }) {
  return (
    <Link to="/batches/$batchId" params={{ batchId: id }} className="underline decoration-edge underline-offset-2 hover:decoration-ink">
      {children}
    </Link>
  );
}

const ID_END = 6;

/** A batch is told by the end of its id, which is where those of one moment differ. */
export function nameOf(cap: BudgetRead, kind: string): string {
  const target = cap.name ?? (cap.kind === 'provider' ? cap.target : cap.kind === 'batch' ? cap.target.slice(-ID_END) : null);
  return target ? `${kind} · ${target}` : kind;
}

/** A cap that is set again counts the same, so that taking it away can be undone. */
function useRemoving(cap: BudgetRead) {
  const { t } = useTranslation('models');
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: listBudgetsQueryKey() });
  const fail = (error: unknown) => say({ title: asProblem(error).title, text: asProblem(error).message, kind: 'bad' });
  const restore = useMutation({ ...setBudgetMutation(), onSettled: again, onError: fail });
  return useMutation({
    ...removeBudgetMutation(),
    onSettled: again,
    onError: fail,
    onSuccess: () => {
      const { kind, target, amount, period, zone, is_hard, allows_unknown, team_id } = cap;
      const back = () => restore.mutate({ body: { kind, target, amount, period, zone, is_hard, allows_unknown, team_id } });
      say({ title: t('budgets.removed'), action: { label: t('undo'), run: back } });
    },
  });
}
