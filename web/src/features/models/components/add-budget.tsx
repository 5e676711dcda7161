import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type BudgetCreate, listBudgetsQueryKey, listKeysOptions, listProjectsOptions, listProvidersOptions, setBudgetMutation } from '@/api';
import { Button } from '@/ui/button';
import { Choice, Tick } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice, ProblemWords } from '@/ui/notice';
import { type Option, Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { readAmount } from '../model';

const KINDS = ['team', 'user', 'project', 'credential', 'provider'] as const;
const PERIODS = ['month', 'week', 'day', 'total'] as const;
type Kind = (typeof KINDS)[number];
type Period = (typeof PERIODS)[number];

/** The things of a kind that can be capped; `null` where there is but one. */
function useTargets(kind: Kind): Option<string>[] | null {
  const projects = useQuery({ ...listProjectsOptions(), enabled: kind === 'project' });
  const keys = useQuery({ ...listKeysOptions(), enabled: kind === 'credential' });
  const providers = useQuery({ ...listProvidersOptions(), enabled: kind === 'provider' });
  if (kind === 'project') return (projects.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  if (kind === 'credential') {
    const stored = (keys.data ?? []).filter((key) => key.source === 'stored');
    return stored.map(({ id, label, provider, hint }) => ({ value: id, label: `${label || provider} ${hint}` }));
  }
  if (kind === 'provider') return (providers.data ?? []).filter((one) => one.kind === 'remote').map(({ id, title }) => ({ value: id, label: title }));
  return null;
}

export function AddBudget({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('models');
  const { t: app } = useTranslation('app');
  const form = useId();
  const [kind, setKind] = useState<Kind>('team');
  const [picked, setPicked] = useState('');
  const [text, setText] = useState('');
  const [period, setPeriod] = useState<Period>('month');
  const [isHard, setIsHard] = useState(true);
  const [unknown, setUnknown] = useState(false);
  const targets = useTargets(kind);
  const target = targets?.find(({ value }) => value === picked)?.value ?? targets?.[0]?.value;
  const amount = readAmount(text);
  const { add, problem, isPending } = useAdding(onClose);
  const isReady = amount !== null && (targets === null || target !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || amount === null) return;
    const zone = period === 'total' ? undefined : Intl.DateTimeFormat().resolvedOptions().timeZone;
    add({ kind, target, amount, period, zone, is_hard: isHard, allows_unknown: isHard && unknown });
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('budgets.addTitle')}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={isPending} disabled={!isReady}>
            {t('budgets.addNow')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        <div className="grid gap-3 tablet:grid-cols-2">
          <Select label={t('budgets.of')} value={kind} options={KINDS.map((value) => ({ value, label: t(`budgets.kinds.${value}`) }))} onChange={setKind} />
          {targets && targets.length > 0 && <Select label={t('budgets.which')} value={target ?? ''} options={targets} onChange={setPicked} />}
        </div>
        {targets?.length === 0 && <Notice kind="info">{t('budgets.nothingToCap')}</Notice>}
        <Input
          label={t('budgets.amount')}
          hint={t('budgets.amountHint')}
          error={text && amount === null ? t('budgets.amountWrong') : undefined}
          inputMode="decimal"
          placeholder="50.00"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Choice label={t('budgets.period')} value={period} options={PERIODS.map((value) => ({ value, label: t(`budgets.each.${value}`) }))} onChange={setPeriod} />
        <Choice
          label={t('budgets.hardness')}
          hint={t(isHard ? 'budgets.hardHint' : 'budgets.softHint')}
          value={isHard ? 'hard' : 'soft'}
          options={[
            { value: 'hard', label: t('budgets.hard') },
            { value: 'soft', label: t('budgets.soft') },
          ]}
          onChange={(next) => setIsHard(next === 'hard')}
        />
        {isHard && <Tick label={t('budgets.allowUnknown')} hint={t('budgets.allowUnknownHint')} checked={unknown} onChange={setUnknown} />}
        {problem && (
          <Notice kind="bad">
            <ProblemWords problem={problem} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}

function useAdding(onClose: () => void) {
  const { t } = useTranslation('models');
  const queries = useQueryClient();
  const set = useMutation({
    ...setBudgetMutation(),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: listBudgetsQueryKey() });
      say({ title: t('budgets.added'), kind: 'ok' });
      onClose();
    },
  });
  return { add: (body: BudgetCreate) => set.mutate({ body }), problem: set.error ? asProblem(set.error) : null, isPending: set.isPending };
}
