import { useTranslation } from 'react-i18next';

import type { AttemptRead } from '@/api';
import { formatDate, formatMoney } from '@/lib/format';
import { Said } from '@/ui/said';

/** Every call that was made for the picture, and what each has cost. */
export function Attempts({ attempts }: { attempts: readonly AttemptRead[] }) {
  // What became of a call has its words where batches tell of it.
  const { t } = useTranslation(['viewer', 'batches']);
  return (
    <section className="flex flex-col gap-1.5">
      <h2 className="text-small font-medium text-ink2">{t('attempts', { count: attempts.length })}</h2>
      <ol className="flex flex-col gap-2">
        {attempts.map((attempt) => (
          <li key={attempt.id} className="border-l-2 border-line pl-2.5 text-small">
            <p className="flex justify-between gap-2">
              <span>
                <span className="font-mono text-ink3">{attempt.number}</span> {t(`batches:outcomes.${attempt.outcome ?? attempt.state}`)}
              </span>
              <span className="font-mono">{price(attempt) ?? t('unknown')}</span>
            </p>
            <p className="text-ink3">{formatDate(attempt.started_at, { dateStyle: 'medium', timeStyle: 'medium' })}</p>
            {attempt.message && <p className="break-words text-ink2"><Said text={attempt.message} /></p>}
            {attempt.provider_ref && <p className="font-mono break-all text-ink3">{attempt.provider_ref}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function price({ settled, billed, currency }: AttemptRead): string | null {
  const amount = settled ?? (billed === false ? '0' : null);
  return amount === null ? null : formatMoney(amount, currency);
}
