import { Check, Copy, PencilLine } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { select, useGrid } from '../model/grid-state';
import { copyPrompts } from '../model/doing';
import { boxesOf, type Layout, rowOf } from '../model/layout';
import type { Roll } from '../model/roll';
import { toggle } from '../model/selection';

const buttonLook = 'pointer-events-auto inline-flex size-7 items-center justify-center rounded-control bg-black/70 text-white hover:bg-black';

/** The one toolbar of the whole grid: it lies on the frame under the pointer. Keys and the menu do the same. */
export function HoverBar({ roll, layout, index, shift }: { roll: Roll; layout: Layout; index: number; shift: number }) {
  const { t } = useTranslation('library');
  const isChosen = useGrid(({ selection }) => selection.chosen.has(roll.id(index)));
  const row = rowOf(layout, index);
  const box = boxesOf(layout, row)[index - (layout.starts[row] ?? 0)];
  if (!box || box.height < 64) return null;
  const id = roll.id(index);
  return (
    <div
      data-index={index}
      className="pointer-events-none absolute top-0 left-0 flex items-start justify-between p-1.5"
      style={{ transform: `translate(${box.x}px, ${box.y + shift}px)`, width: box.width }}
    >
      <button
        type="button"
        tabIndex={-1}
        aria-label={t(isChosen ? 'menu.unselect' : 'menu.select')}
        title={t(isChosen ? 'menu.unselect' : 'menu.select')}
        onClick={(event) => {
          event.stopPropagation();
          select(toggle(useGrid.getState().selection, id));
        }}
        className={isChosen ? `${buttonLook} bg-signal! text-onsignal!` : buttonLook}
      >
        <Check aria-hidden="true" className="size-4" strokeWidth={2.5} />
      </button>
      {box.width > 120 && (
        <span className="flex gap-1">
          <button type="button" tabIndex={-1} aria-label={t('menu.copyPrompt')} title={t('menu.copyPrompt')} onClick={() => void copyPrompts([id], t)} className={buttonLook}>
            <Copy aria-hidden="true" className="size-3.5" />
          </button>
          <a href={`/create?from=${id}`} tabIndex={-1} aria-label={t('menu.usePrompt')} title={t('menu.usePrompt')} className={buttonLook}>
            <PencilLine aria-hidden="true" className="size-3.5" />
          </a>
        </span>
      )}
    </div>
  );
}
