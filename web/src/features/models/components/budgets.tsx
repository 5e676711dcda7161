import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listBudgetsOptions, useMay } from '@/api';
import { Button } from '@/ui/button';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { AddBudget } from './add-budget';
import { BudgetCard } from './budget-card';

const LOOK_MILLISECONDS = 5_000;

/** What may be spent on what, and what is gone of it. */
export default function Budgets() {
  const { t } = useTranslation('models');
  const budgets = useQuery({ ...listBudgetsOptions(), refetchInterval: LOOK_MILLISECONDS });
  const mayCap = useMay('keys:write') === true;
  const mayChange = useMay('batches:write') === true;
  const [adding, setAdding] = useState(false);
  if (budgets.error) return <ErrorState problem={asProblem(budgets.error)} onRetry={() => void budgets.refetch()} />;
  if (!budgets.data) return <Loading />;
  const add = mayCap && (
    <Button tone="ink" icon={<Plus aria-hidden="true" className="size-4" />} onClick={() => setAdding(true)}>
      {t('budgets.add')}
    </Button>
  );
  return (
    <section aria-labelledby="budgets-heading" className="max-w-4xl">
      <header className="mb-3 flex flex-wrap items-center gap-3">
        <div className="min-w-0 grow">
          <h2 id="budgets-heading" className="text-lead font-semibold">
            {t('budgets.title')}
          </h2>
          <p className="text-small text-ink3">{t('budgets.text')}</p>
        </div>
        {budgets.data.length > 0 && add}
      </header>
      {budgets.data.length === 0 ? (
        <Empty title={t('budgets.none.title')} action={add}>
          {t('budgets.none.text')}
        </Empty>
      ) : (
        <ul className="flex flex-col gap-3">
          {budgets.data.map((cap) => (
            <BudgetCard key={cap.id} cap={cap} mayChange={mayChange} />
          ))}
        </ul>
      )}
      {adding && <AddBudget onClose={() => setAdding(false)} />}
    </section>
  );
}
