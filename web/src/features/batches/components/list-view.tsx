import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { ItemRead } from '@/api';
import { formatMoney } from '@/lib/format';
import { said } from '@/lib/said';

import { useItems } from '../api';
import { type ItemState, shortModel } from '../model';
import { StateIcon } from './state-icon';
import { Nothing, type ShownProps } from './wall';

const ROW_PIXELS = 44;
const COLUMNS = ['row', 'prompt', 'model', 'state', 'cause', 'cost'] as const;
const grid =
  'grid grid-cols-[56px_minmax(0,4fr)_minmax(0,2fr)_112px_minmax(0,3fr)_92px] max-tablet:grid-cols-[44px_minmax(0,1fr)_104px] gap-x-3 px-4 items-center';
const wide = 'max-tablet:hidden';

/** Every item as a row of a table, for reading, for the keyboard and for those who listen. */
export function ListView({ live, version, state, onOpen, batchId, currency }: ShownProps & { batchId: string; currency: string }) {
  const { t } = useTranslation('batches');
  const scroller = useRef<HTMLDivElement>(null);
  const places = live.places(state);
  // Its own methods change with each scroll: nothing here may keep them.
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: places.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 10,
  });
  const visible = rows.getVirtualItems();
  const items = useItems(
    batchId,
    live,
    version,
    visible.map((row) => places[row.index] ?? 0),
  );
  if (places.length === 0) return <Nothing live={live} state={state} />;
  return (
    // Focusable, so that the keyboard can scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} role="table" aria-label={t('views.list')} aria-rowcount={places.length + 1} tabIndex={0} className="scroll-slim min-h-0 grow overflow-y-auto -outline-offset-2">
      <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface">
        <div role="row" aria-rowindex={1} className={`${grid} h-9 text-small font-medium text-ink2`}>
          {COLUMNS.map((column) => (
            <span key={column} role="columnheader" className={look(column)}>
              {t(`columns.${column}`)}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="relative" style={{ height: rows.getTotalSize() }}>
        {visible.map((row) => {
          const place = places[row.index] ?? 0;
          return (
            <div
              key={place}
              role="row"
              aria-rowindex={row.index + 2}
              className={`${grid} absolute inset-x-0 top-0 h-11 border-b border-line text-control hover:bg-hover`}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <Cells place={place} state={live.cells.state(place)} item={items.get(place)} currency={currency} onOpen={onOpen} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function look(column: (typeof COLUMNS)[number]): string {
  if (column === 'cost') return `text-end ${wide}`;
  return column === 'model' || column === 'cause' ? wide : '';
}

interface CellsProps {
  place: number;
  state: ItemState;
  item: ItemRead | undefined;
  currency: string;
  onOpen: (place: number) => void;
}

function Cells({ place, state, item, currency, onOpen }: CellsProps) {
  const { t } = useTranslation('batches');
  return (
    <>
      <span role="cell" className="font-mono text-small text-ink3">
        {place + 1}
      </span>
      <span role="cell" className="min-w-0">
        <button type="button" onClick={() => onOpen(place)} className="block max-w-full truncate py-1 text-start hover:underline">
          {item?.prompt ?? '…'}
        </button>
      </span>
      <span role="cell" className={`truncate font-mono text-small text-ink2 ${wide}`}>
        {item && shortModel(item.model)}
      </span>
      <span role="cell" className="flex items-center gap-1.5 text-small">
        <StateIcon state={state} />
        {t(`states.${state}`)}
      </span>
      <span role="cell" className={`truncate text-small text-ink2 ${wide}`} title={said(item?.message)}>
        {said(item?.message) ?? (item?.outcome && state !== 'done' ? t(`outcomes.${item.outcome}`, { defaultValue: item.outcome }) : '')}
      </span>
      <span role="cell" className={`text-end font-mono text-small ${wide}`}>
        {item && item.attempts > 0 && <Cost item={item} currency={currency} />}
      </span>
    </>
  );
}

/** What an item cost; that nobody knows is said in a word. */
export function Cost({ item, currency }: { item: Pick<ItemRead, 'settled' | 'settled_unknown'>; currency: string }) {
  const { t } = useTranslation('batches');
  if (item.settled === null) return <span className="text-warn">{t('money.unknown')}</span>;
  return (
    <>
      {formatMoney(item.settled, currency)}
      {item.settled_unknown > 0 && <span className="text-warn"> + {t('money.unknown')}</span>}
    </>
  );
}
