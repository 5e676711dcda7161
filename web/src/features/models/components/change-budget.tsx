import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, changeBudgetMutation, listBudgetsQueryKey, listLanesQueryKey, type BudgetRead } from '@/api';
import { formatMoney } from '@/lib/format';
import { Button } from '@/ui/button';
import { Tick } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { say } from '@/ui/toast';

import { readAmount } from '../model';

/** Raises or lowers a cap, if nobody else did meanwhile. */
export function ChangeBudget({ cap, name, onClose }: { cap: BudgetRead; name: string; onClose: () => void }) {
  const { t } = useTranslation('models');
  const { t: app } = useTranslation('app');
  const queries = useQueryClient();
  const form = useId();
  // As it was when the dialog opened: what the person saw is what they change.
  const [seen] = useState(cap);
  const [text, setText] = useState(cap.amount);
  const [unknown, setUnknown] = useState(cap.allows_unknown);
  const amount = readAmount(text);
  const change = useMutation({
    ...changeBudgetMutation(),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: listLanesQueryKey() });
      say({ title: t('budgets.changed'), kind: 'ok' });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: listBudgetsQueryKey() }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (amount === null) return;
    change.mutate({ path: { cap_id: seen.id }, body: { amount, allows_unknown: unknown, version: seen.version } });
  };
  const isBelow = amount !== null && Number(amount) < Number(seen.used) + Number(seen.held) + Number(seen.doubt);
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('budgets.changeTitle', { name })}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={change.isPending} disabled={amount === null}>
            {t('budgets.save')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        <Input
          label={t('budgets.amount')}
          hint={t('budgets.usedSoFar', { used: formatMoney(seen.used, seen.currency), held: formatMoney(seen.held, seen.currency) })}
          error={amount === null ? t('budgets.amountWrong') : undefined}
          inputMode="decimal"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {seen.is_hard && <Tick label={t('budgets.allowUnknown')} hint={t('budgets.allowUnknownHint')} checked={unknown} onChange={setUnknown} />}
        {isBelow && seen.is_hard && <Notice kind="warn">{t('budgets.belowUsed')}</Notice>}
        {change.error && (
          <Notice kind="bad">
            {asProblem(change.error).code === 'cap_changed' ? t('budgets.changedMeanwhile') : <Said text={asProblem(change.error).message} />}
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
