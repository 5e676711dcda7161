import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { ModelRead, PriceRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatDate, formatMoney } from '@/lib/format';
import { Badge } from '@/ui/badge';

import { checkedOn, endOf, pricesOf } from '../model';
import { ModelDetails } from './model-details';
import { Shapes } from './shapes';

export interface ModelRowProps {
  model: ModelRead;
  lines: readonly PriceRead[];
  /** No key opens it. */
  isShut: boolean;
}

/** One model in a line; more of it on demand. */
export function ModelRow({ model, lines, isShut }: ModelRowProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const prices = pricesOf(model, lines);
  return (
    <li className="bg-surface">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="grid w-full grid-cols-[16px_minmax(0,1fr)] items-center gap-x-3 gap-y-2 px-3 py-3 text-start -outline-offset-2 transition-colors hover:bg-hover desk:grid-cols-[16px_minmax(0,5fr)_minmax(0,5fr)_minmax(0,4fr)_minmax(120px,2fr)]"
      >
        <ChevronRight aria-hidden="true" className={cx('size-4 text-ink3 transition-transform', open && 'rotate-90')} />
        <span className="min-w-0">
          <span className={cx('flex flex-wrap items-center gap-x-2 gap-y-1 text-body font-medium', isShut && 'text-ink2')}>
            {model.title}
            <EndBadge model={model} />
          </span>
          <span className="block truncate font-mono text-small text-ink3">{model.name}</span>
        </span>
        <span className="max-desk:col-start-2">
          <Shapes sizes={model.sizes} />
        </span>
        <Abilities model={model} />
        <Price model={model} lines={prices} />
      </button>
      <div id={id} hidden={!open} className="border-t border-line bg-app px-4 py-4 desk:pl-10">
        {open && <ModelDetails model={model} lines={prices} />}
      </div>
    </li>
  );
}

function EndBadge({ model }: { model: ModelRead }) {
  const { t } = useTranslation('models');
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const end = endOf(model, today);
  if (!end) return null;
  const day = formatDate((end === 'deprecated' ? model.deprecated_on : model.shutdown_on) ?? '', { dateStyle: 'medium', timeZone: 'UTC' });
  return <Badge tone={end === 'over' ? 'bad' : 'warn'}>{t(`end.${end}`, { day })}</Badge>;
}

function Abilities({ model }: { model: ModelRead }) {
  const { t } = useTranslation('models');
  const words = [
    model.seed === 'none' ? null : t('can.seed'),
    model.max_references > 0 ? t('can.references', { count: model.max_references }) : null,
    model.masks ? t('can.masks') : null,
    model.backgrounds.includes('transparent') ? t('can.transparent') : null,
  ].filter((word) => word !== null);
  return (
    <span className="flex flex-wrap gap-1 max-desk:col-start-2">
      {words.map((word) => (
        <Badge key={word}>{word}</Badge>
      ))}
    </span>
  );
}

function Price({ model, lines }: { model: ModelRead; lines: readonly PriceRead[] }) {
  const { t } = useTranslation('models');
  const stale = lines.some((line) => line.is_stale);
  const day = checkedOn(lines);
  if (model.expected_price === null || !model.currency) {
    return (
      <span className="max-desk:col-start-2 desk:text-end">
        <Badge tone="warn">{t('price.unknown')}</Badge>
      </span>
    );
  }
  const isFree = Number(model.expected_price) === 0;
  return (
    <span className="max-desk:col-start-2 desk:text-end">
      <span className="text-control font-medium tabular-nums">{isFree ? t('price.free') : formatMoney(model.expected_price, model.currency)}</span>
      {!isFree && day && (
        <span className={cx('text-small max-desk:ml-2 desk:block', stale ? 'text-warn' : 'text-ink3')}>
          {t(stale ? 'price.staleOn' : 'price.checkedOn', { day: formatDate(day, { dateStyle: 'medium', timeZone: 'UTC' }) })}
        </span>
      )}
    </span>
  );
}
