import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { AssetRead, LineupCell, LineupRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatMoney, formatNumber } from '@/lib/format';
import { Said } from '@/ui/said';

import { columnsOf, costOf } from '../model/lineup';
import { FIT, type Look } from '../model/look';
import { MAT_LOOK, useMat } from '../model/mat';
import { Stage } from './stage';

interface LineupProps {
  models: readonly string[];
  line: LineupRead;
  assets: readonly AssetRead[];
  currency: string;
}

/** A column for each model, looked at alike. What is wider than the screen scrolls. */
export function Lineup({ models, line, assets, currency }: LineupProps) {
  const { t } = useTranslation('viewer');
  const { mat } = useMat();
  const [look, setLook] = useState<Look>(FIT);
  return (
    // What scrolls must be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="group" aria-label={t('models.row')} tabIndex={0} className={cx('scroll-slim flex min-h-64 grow snap-x scroll-px-2 gap-2 overflow-x-auto p-2', MAT_LOOK[mat])}>
      {columnsOf(models, line).map(({ model, cell }) => {
        const asset = assets.find(({ id }) => id === cell?.item.asset_id);
        return (
          <figure key={model} className="flex min-h-0 min-w-60 flex-1 basis-0 snap-start flex-col gap-1 max-tablet:min-w-[70vw]">
            {asset ? (
              <Stage asset={asset} look={look} onLook={setLook} label={t('models.picture', { model })} className="grow" />
            ) : (
              <div className="flex min-h-0 grow items-center justify-center rounded-frame border border-dashed border-edge bg-surface p-4 text-center text-control text-ink2">
                <Missing cell={cell} />
              </div>
            )}
            <figcaption className="rounded-control bg-surface px-3 py-2">
              <p className="text-control font-medium break-words">{model}</p>
              <dl className="flex flex-wrap gap-x-4 text-small">
                <Fact name={t('models.cost')}>{cell ? <Price cell={cell} currency={currency} /> : '–'}</Fact>
                <Fact name={t('models.time')}>{timeOf(cell)}</Fact>
              </dl>
            </figcaption>
          </figure>
        );
      })}
    </div>
  );
}

function timeOf(cell: LineupCell | null): string {
  const seconds = cell?.seconds ?? null;
  return seconds === null ? '–' : formatNumber(seconds, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-ink3">{name}</dt>
      <dd className="font-mono">{children}</dd>
    </div>
  );
}

/** Unknown is said to be, and never a zero. */
function Price({ cell, currency }: { cell: LineupCell; currency: string }) {
  const { t } = useTranslation('viewer');
  const cost = costOf(cell);
  if (cost.kind === 'none') return '–';
  if (cost.kind !== 'known') return t(`models.costs.${cost.kind}`);
  const amount = formatMoney(cost.amount, currency);
  return cost.unknown > 0 ? t('models.costs.more', { amount, count: cost.unknown }) : amount;
}

/** Why there is no picture. */
function Missing({ cell }: { cell: LineupCell | null }) {
  const { t } = useTranslation('viewer');
  if (!cell) return t('models.notAsked');
  const { state, message, asset_id: asset } = cell.item;
  if (asset !== null) return t('models.gone');
  return (
    <div>
      <p className="font-medium text-ink">{t(`models.states.${state}`, { defaultValue: state })}</p>
      {message && <p><Said text={message} /></p>}
    </div>
  );
}
