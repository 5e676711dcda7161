import { Images, SlidersHorizontal, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { EstimateRead } from '@/api';
import { formatMoney, formatNumber } from '@/lib/format';
import { caps } from '@/lib/keys';
import { useLasting } from '@/lib/lasting';
import { said } from '@/lib/said';
import { About } from '@/ui/about';
import { Button, Spinner } from '@/ui/button';

import { BudgetLine } from './budget-line';

export interface CostBarProps {
  estimate: EstimateRead | undefined;
  isCurrent: boolean;
  /** Why nothing can be made as things stand. */
  hindrance: string | null;
  isBusy: boolean;
  onGenerate: () => void;
  onPreview: () => void;
  onSettings: () => void;
}

/** Exactly how many pictures, for how much, before anything is made. Always in sight. */
export function CostBar({ estimate, isCurrent, hindrance, isBusy, onGenerate, onPreview, onSettings }: CostBarProps) {
  const { t } = useTranslation('create');
  const items = estimate?.items ?? 0;
  // The number is of what was there before. It would be a lie on the button that spends.
  const isOld = useLasting(!isCurrent);
  return (
    <section aria-label={t('cost.label')} className="flex shrink-0 flex-wrap items-center gap-x-5 gap-y-2 border-t border-line bg-surface px-6 py-3 max-tablet:px-4">
      <div aria-live="polite" aria-busy={!isCurrent} className="flex min-w-0 grow flex-wrap items-baseline gap-x-5 gap-y-0.5">
        {estimate ? <Sum estimate={estimate} /> : <span className="text-control text-ink3">{t('cost.nothing')}</span>}
        {!isCurrent && estimate && <Spinner className="self-center text-ink3" />}
      </div>
      {hindrance && (
        <p className="flex items-center gap-1.5 text-control text-warn max-tablet:basis-full">
          <TriangleAlert aria-hidden="true" className="size-4 shrink-0" />
          {hindrance}
        </p>
      )}
      <div className="flex items-center gap-2 max-tablet:w-full">
        <Button className="desk:hidden" onClick={onSettings} icon={<SlidersHorizontal aria-hidden="true" className="size-4" />}>
          {t('settings')}
        </Button>
        <Button tone="quiet" className="max-tablet:hidden" disabled={items === 0} onClick={onPreview}>
          {t('preview.open')}
        </Button>
        <Button
          tone="ink"
          size="large"
          className="max-tablet:grow"
          busy={isBusy}
          disabled={items === 0 || hindrance !== null}
          onClick={onGenerate}
          title={caps('$mod+Enter').flat().join(' ')}
          icon={<Images aria-hidden="true" className="size-4" />}
        >
          {isOld ? t('actions.generate') : t('generate', { count: items, formatted: formatNumber(items) })}
        </Button>
      </div>
    </section>
  );
}

function Sum({ estimate }: { estimate: EstimateRead }) {
  const { t } = useTranslation('create');
  const { items, reused, unknown } = estimate;
  return (
    <>
      <Figure label={t('cost.pictures')}>{formatNumber(items)}</Figure>
      {items > 0 && (
        <Figure label={t('cost.cost')}>
          <Cost estimate={estimate} />
        </Figure>
      )}
      {reused > 0 && <span className="text-small text-ok">{t('cost.reused', { count: reused, formatted: formatNumber(reused) })}</span>}
      {unknown > 0 && (
        <span className="text-small text-warn" title={estimate.reasons.map(({ why }) => said(why)).join('\n')}>
          {t('cost.unknown', { count: unknown, formatted: formatNumber(unknown) })}
        </span>
      )}
      <BudgetLine estimate={estimate} />
    </>
  );
}

/** A range where it is one. What is not known is said beside it, and never counts as nothing. */
function Cost({ estimate }: { estimate: EstimateRead }) {
  const { t } = useTranslation('create');
  const { low, expected, high, currency, unknown, items } = estimate;
  if (expected === null || (items > 0 && unknown === items)) return <span className="text-warn">{t('price.unknown')}</span>;
  if (Number(expected) === 0 && unknown === 0) return t('price.free');
  // To a cent where a cent is little beside it. The exact sum is in the title.
  const decimals = Number(expected) >= 1 ? 2 : 4;
  const rounded = (amount: string) => formatMoney(amount, currency, decimals);
  const isRange = low !== null && high !== null && rounded(low) !== rounded(high);
  return (
    <>
      <span title={formatMoney(expected, currency)}>{rounded(expected)}</span>
      {isRange && <span className="ml-1.5 text-small font-normal text-ink3">{t('cost.range', { low: rounded(low), high: rounded(high) })}</span>}{' '}
      <About amount={expected} currency={currency} />
    </>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="flex items-baseline gap-1.5">
      <span className="text-small text-ink3">{label}</span>
      <span className="font-mono text-lead font-semibold">{children}</span>
    </span>
  );
}
