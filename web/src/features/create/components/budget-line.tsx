import { useTranslation } from 'react-i18next';

import type { EstimateRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatMoney } from '@/lib/format';

import { sharesOf, useTightest } from '../budgets';
import { useDraft } from '../model';

/** What is left of the tightest budget, and what of it this would take at most. */
export function BudgetLine({ estimate }: { estimate: EstimateRead }) {
  const { t } = useTranslation('create');
  const models = useDraft((draft) => draft.models);
  const cap = useTightest(models);
  if (!cap) return null;
  const { gone, wanted, isTooMuch } = sharesOf(cap, estimate.high);
  const left = formatMoney(cap.left, cap.currency, 2);
  const amount = formatMoney(cap.amount, cap.currency, 2);
  const kind = t(`budget.kinds.${cap.kind}`);
  return (
    <span className="flex flex-wrap items-center gap-x-2 text-small" title={t('budget.of', { kind, left, amount })}>
      <span className="text-ink3">{kind}</span>
      <span aria-hidden="true" className="flex h-2 w-20 overflow-hidden rounded-frame border border-edge bg-mat">
        <span className="h-full bg-ink" style={{ width: `${gone}%` }} />
        <span className={cx('h-full', isTooMuch ? 'bg-bad' : 'bg-signal')} style={{ width: `${wanted}%` }} />
      </span>
      <span className={isTooMuch ? 'text-warn' : 'text-ink2'}>{isTooMuch ? t('budget.tooMuch', { left }) : t('budget.left', { left })}</span>
    </span>
  );
}
