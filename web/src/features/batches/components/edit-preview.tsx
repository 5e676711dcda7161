import { useTranslation } from 'react-i18next';

import type { EditedItem, EditPreview } from '@/api';
import { formatMoney, formatNumber } from '@/lib/format';
import { said } from '@/lib/said';
import { useFieldWords } from '@/ui/field-words';
import { Notice } from '@/ui/notice';

import { addedBy } from '../editing';
import { shortModel } from '../model';

const ROWS_SHOWN = 5;

/** What an edit would do: how many, for how much, and the first of them before and after. */
export function EditPreviewView({ preview, currency }: { preview: EditPreview; currency: string }) {
  const { t } = useTranslation('batches');
  const price = (amount: string | null, unknown: number) =>
    amount === null ? t('money.unknown') : `${formatMoney(amount, currency)}${unknown > 0 ? ` + ${t('money.unknownMore', { count: unknown, number: formatNumber(unknown) })}` : ''}`;
  const begun = Object.values(preview.begun).reduce((sum, count) => sum + count, 0);
  const parts = (['changed', 'removed', 'appended', 'moved', 'unchanged'] as const).filter((name) => preview[name] > 0);
  return (
    <section aria-live="polite" className="flex flex-col gap-2 rounded-control bg-app p-3">
      <p className="text-control font-medium">
        {parts.length === 0 ? t('edit.nothing') : parts.map((name) => t(`edit.counts.${name}`, { count: preview[name], number: formatNumber(preview[name]) })).join(' · ')}
      </p>
      <p className="text-control text-ink2">
        {t('edit.price')}{' '}
        <span className="font-mono">
          {price(preview.estimated_before, preview.unknown_before)} → <strong className="font-medium text-ink">{price(preview.estimated_after, preview.unknown_after)}</strong>
        </span>
      </p>
      <Dearer preview={preview} currency={currency} />
      {begun > 0 && <p className="text-small text-ink2">{t('edit.begun', { count: begun, number: formatNumber(begun) })}</p>}
      {preview.warnings.map((warning) => (
        <p key={warning} className="text-small text-warn">
          {said(warning)}
        </p>
      ))}
      {preview.problems.map((problem) => (
        <Notice key={`${problem.row} ${problem.rule}`} kind="bad">
          {t('edit.problem', { row: formatNumber(problem.row), detail: said(problem.detail) })} {said(problem.hint)}
        </Notice>
      ))}
      <ol className="flex flex-col gap-2">
        {preview.rows.slice(0, ROWS_SHOWN).map((row) => (
          <li key={`${row.item_id} ${row.position}`} className="min-w-0 border-t border-line pt-2 text-small">
            <span className="font-mono text-ink3">{row.position + 1}</span>
            {row.before && <Line sign="−" item={row.before} />}
            {row.after && <Line sign="+" item={row.after} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Said loudly where it costs more, or where nobody knows any more what it costs. */
function Dearer({ preview, currency }: { preview: EditPreview; currency: string }) {
  const { t } = useTranslation('batches');
  const { rise, unknown } = addedBy(preview);
  if (rise === null && unknown === 0) return null;
  return (
    <Notice kind="warn">
      <strong className="font-medium">
        {rise === null ? t('edit.unknownMore', { count: unknown, number: formatNumber(unknown) }) : t('edit.dearer', { amount: formatMoney(rise, currency) })}
      </strong>
    </Notice>
  );
}

function Line({ sign, item }: { sign: '−' | '+'; item: EditedItem }) {
  const { t } = useTranslation('batches');
  const words = useFieldWords();
  const told = [shortModel(item.model), ...words.pairsOf(item.fields).map(({ name, value }) => t('edit.pair', { name, value }))];
  return (
    <p className={sign === '−' ? 'break-words text-ink3' : 'break-words text-ink'}>
      <span aria-hidden="true" className="font-mono">
        {sign}{' '}
      </span>
      <span className="sr-only">{t(sign === '−' ? 'edit.before' : 'edit.after')} </span>
      {item.prompt} <span className="text-meta text-ink3">{told.join(' · ')}</span>
    </p>
  );
}
