import { useTranslation } from 'react-i18next';

import { formatMoney, formatNumber } from '@/lib/format';
import { About } from '@/ui/about';

export interface MoneyProps {
  settled: string | null;
  settledUnknown: number;
  estimated: string | null;
  estimatedUnknown: number;
  currency: string;
}

/** What was paid so far beside what was expected. What nobody knows is said, and never a zero. */
export function Money({ settled, settledUnknown, estimated, estimatedUnknown, currency }: MoneyProps) {
  const { t } = useTranslation('batches');
  const unknown = (count: number) => t('money.unknownMore', { count, number: formatNumber(count) });
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5">
      <span className="font-mono font-medium text-ink">
        {settled === null ? t('money.unknown') : formatMoney(settled, currency)}
        {settledUnknown > 0 && settled !== null && <span className="text-warn"> + {unknown(settledUnknown)}</span>}
      </span>
      <About amount={settled} currency={currency} />
      <span className="text-ink3">
        {t('money.of')}{' '}
        <span className="font-mono">
          {estimated === null ? t('money.unknown') : `≈ ${formatMoney(estimated, currency)}`}
          {estimated !== null && estimatedUnknown > 0 && <span> + {unknown(estimatedUnknown)}</span>}
        </span>
      </span>
    </span>
  );
}
