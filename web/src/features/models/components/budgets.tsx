import { useInfiniteQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type BudgetRead, listBudgetsInfiniteOptions, useMay } from '@/api';
import { Button } from '@/ui/button';
import { Empty, ErrorState, Loading } from '@/ui/state';

import { AddBudget } from './add-budget';
import { BudgetCard } from './budget-card';

const LOOK_MILLISECONDS = 5_000;
const PAGE = 50;
const STANDING: BudgetRead['kind'][] = ['team', 'project', 'user', 'provider', 'credential'];

/** What may be spent on what, and what is gone of it. Each batch may have a cap of its own: those come after the others. */
export default function Budgets() {
  const { t } = useTranslation('models');
  const standing = useCaps(STANDING);
  const ofBatches = useCaps(['batch']);
  const mayCap = useMay('keys:write') === true;
  const [adding, setAdding] = useState(false);
  const broken = [standing, ofBatches].find((list) => list.error);
  if (broken) return <ErrorState problem={asProblem(broken.error)} onRetry={() => void broken.refetch()} />;
  if (!standing.data || !ofBatches.data) return <Loading />;
  const isEmpty = [standing, ofBatches].every((list) => list.caps.length === 0);
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
        {!isEmpty && add}
      </header>
      {isEmpty && (
        <Empty title={t('budgets.none.title')} action={add}>
          {t('budgets.none.text')}
        </Empty>
      )}
      <Caps list={standing} />
      {ofBatches.caps.length > 0 && (
        <>
          <h3 className="mt-6 mb-3 text-control font-semibold">{t('budgets.ofBatches')}</h3>
          <Caps list={ofBatches} />
        </>
      )}
      {adding && <AddBudget onClose={() => setAdding(false)} />}
    </section>
  );
}

function useCaps(kind: BudgetRead['kind'][]) {
  const list = useInfiniteQuery({
    ...listBudgetsInfiniteOptions({ query: { kind, limit: PAGE } }),
    initialPageParam: {},
    getNextPageParam: (last) => (last.next === null ? undefined : { query: { cursor: last.next } }),
    refetchInterval: LOOK_MILLISECONDS,
  });
  return { ...list, caps: list.data?.pages.flatMap(({ items }) => items) ?? [] };
}

function Caps({ list }: { list: ReturnType<typeof useCaps> }) {
  const { t } = useTranslation('models');
  const mayChange = useMay('batches:write') === true;
  if (list.caps.length === 0) return null;
  return (
    <>
      <ul className="flex flex-col gap-3">
        {list.caps.map((cap) => (
          <BudgetCard key={cap.id} cap={cap} mayChange={mayChange} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button className="mt-4" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('budgets.more')}
        </Button>
      )}
    </>
  );
}
