import { useTranslation } from 'react-i18next';

import type { CountsRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatNumber } from '@/lib/format';

import { type ItemState, STATES } from '../model';
import { StateIcon } from './state-icon';

interface CountChipsProps {
  counts: CountsRead;
  chosen: ItemState | undefined;
  onChoose: (state: ItemState | undefined) => void;
}

/** How many items are in each state; pressing one shows those alone. */
export function CountChips({ counts, chosen, onChoose }: CountChipsProps) {
  const { t } = useTranslation('batches');
  const look = (isOn: boolean) =>
    cx(
      'inline-flex shrink-0 h-7 max-tablet:h-9 items-center gap-1.5 rounded-control border px-2 text-small transition-colors',
      isOn ? 'border-signal bg-signal-tint text-signal' : 'border-line text-ink2 hover:bg-hover hover:text-ink',
    );
  return (
    <div role="group" aria-label={t('filter')} className="scroll-slim flex min-w-0 flex-wrap gap-1.5 max-tablet:flex-nowrap max-tablet:overflow-x-auto">
      <button type="button" aria-pressed={chosen === undefined} className={look(chosen === undefined)} onClick={() => onChoose(undefined)}>
        {t('all')} <span className="font-mono">{formatNumber(counts.total)}</span>
      </button>
      {STATES.filter((state) => counts[state] > 0 || state === chosen).map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={chosen === state}
          className={look(chosen === state)}
          onClick={() => onChoose(chosen === state ? undefined : state)}
        >
          <StateIcon state={state} />
          {t(`states.${state}`)} <span className="font-mono">{formatNumber(counts[state])}</span>
        </button>
      ))}
    </div>
  );
}
