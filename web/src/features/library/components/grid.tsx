import { type FocusEvent, type KeyboardEvent, memo, type MouseEvent, type PointerEvent, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { usePreferences } from '@/lib/preferences';

import { rowHeight } from '../model/filters';
import { activate, select, useGrid } from '../model/grid-state';
import { boxesOf, justify, type Layout, rowAt, rowOf } from '../model/layout';
import type { Roll } from '../model/roll';
import { all, only, reach, toggle } from '../model/selection';
import { focusTile, indexOf, moved } from './grid-keys';
import { HoverBar } from './hover-bar';
import { Scrubber } from './scrubber';
import { Tile } from './tile';
import { TileMenu, type TileMenuProps } from './tile-menu';
import { useFrameDrag } from './use-frame-drag';
import { useHeir, useKeptPlace, useReturn } from './use-place';
import { useSize, useView } from './use-view';

const CAPTION = 20;
const EDGE = 16;

export interface GridProps {
  roll: Roll;
  version: number;
  isWhole: boolean;
  size: number | undefined;
  onOpen: (id: string) => void;
  /** Where the order is people's: frames that are dropped on another go before it. */
  onMove?: ((ids: readonly string[], before: string) => void) | undefined;
  menu: TileMenuProps['more'];
}

/** The contact sheet: justified rows, of which only those near the view are there. */
export function Grid({ roll, version, isWhole, size, onOpen, onMove, menu }: GridProps) {
  const { t } = useTranslation('library');
  const [node, setNode] = useState<HTMLDivElement | null>(null);
  const { width, height } = useSize(node);
  const isCompact = usePreferences((preferences) => preferences.density === 'compact');
  const inner = Math.max(width - EDGE * 2, 0);
  // The version says that the columns have grown.
  const layout = useMemo(
    () => justify(roll.aspects, inner > 0 ? roll.count : 0, { width: inner, row: rowHeight(size, inner), gap: isCompact ? 4 : 10, caption: CAPTION }),
    // oxlint-disable-next-line react/exhaustive-deps
    [roll, version, inner, size, isCompact],
  );
  const view = useView(node, layout, height);
  const { selection, active, isChoosing } = useGrid();
  const activeIndex = Math.max(active === null ? 0 : roll.indexOf(active), 0);
  const [hovered, setHovered] = useState<number | null>(null);

  const show = useCallback(
    (index: number) => {
      const row = rowOf(layout, index);
      const top = layout.tops[row] ?? 0;
      const bottom = top + (layout.heights[row] ?? 0) + CAPTION + EDGE * 2;
      const offset = view.scale.offset(node?.scrollTop ?? 0);
      if (top < offset) view.goTo(top);
      else if (bottom > offset + height) view.goTo(bottom - height);
    },
    [layout, view, height, node],
  );

  useReturn(node, roll, show);
  useHeir(node, roll);
  useKeptPlace(layout, roll, view.place, view.goTo);

  const focusOn = (index: number) => {
    const id = roll.id(index);
    if (!id) return;
    activate(id);
    show(index);
    // Until it is drawn the grid itself has the keyboard: what is pressed meanwhile is not lost.
    if (!node?.querySelector(`[data-index="${index}"]`)) node?.querySelector<HTMLElement>('[role="listbox"]')?.focus({ preventScroll: true });
    requestAnimationFrame(() => focusTile(node, index));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const target = moved(event, layout, activeIndex, height);
    const id = roll.id(activeIndex);
    if (target !== null) {
      event.preventDefault();
      if (event.shiftKey) {
        const from = selection.anchor === null ? { chosen: selection.chosen, anchor: id } : selection;
        select(reach(from, roll.ids, target, false));
      }
      focusOn(target);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      onOpen(id);
    } else if (event.key === ' ') {
      event.preventDefault();
      select(event.shiftKey ? reach(selection, roll.ids, activeIndex, true) : toggle(selection, id));
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      select(all(roll.ids));
    }
  };

  const onClick = (event: MouseEvent) => {
    const index = indexOf(event.target);
    if (index === null) return;
    const id = roll.id(index);
    activate(id);
    if (event.shiftKey) select(reach(selection, roll.ids, index, event.ctrlKey || event.metaKey));
    else if (event.ctrlKey || event.metaKey || isChoosing) select(toggle(selection, id));
    else if (selection.chosen.size > 0) select(only(id));
    else onOpen(id);
  };

  const onDoubleClick = (event: MouseEvent) => {
    const index = indexOf(event.target);
    if (index !== null && !isChoosing) onOpen(roll.id(index));
  };

  const onFocus = (event: FocusEvent) => {
    const index = indexOf(event.target);
    if (index !== null) activate(roll.id(index));
  };

  const onPointerOver = (event: PointerEvent) => {
    if (event.pointerType !== 'mouse') return;
    const index = indexOf(event.target);
    if (index !== null) setHovered(index);
  };

  const drag = useFrameDrag(roll, onMove);

  // Whoever comes with the tab key must find a picture, also when the one that had the keyboard is out of sight.
  const isActiveDrawn = activeIndex >= (layout.starts[view.first] ?? 0) && activeIndex < (layout.starts[view.end] ?? 0);
  const reachable = isActiveDrawn ? activeIndex : (layout.starts[rowAt(layout, view.place.offset)] ?? 0);
  const rows = [];
  for (let row = view.first; row < view.end; row += 1) rows.push(row);
  return (
    <div className="relative flex min-h-0 grow">
      <TileMenu roll={roll} onOpen={onOpen} indexOf={indexOf} more={menu}>
        <div
          ref={setNode}
          data-grid=""
          className="base-ui-disable-scrollbar min-h-0 min-w-0 grow overflow-y-auto overscroll-contain bg-mat px-4 pt-4"
          onPointerOver={onPointerOver}
          onPointerLeave={() => setHovered(null)}
        >
          <div className="relative" style={{ height: view.scale.height + EDGE }}>
            <div role="listbox" className="outline-none" tabIndex={-1} aria-label={t('grid')} aria-multiselectable="true" aria-busy={!isWhole} onKeyDown={onKeyDown} onClick={onClick} onDoubleClick={onDoubleClick} onFocus={onFocus} {...drag}>
              {rows.map((row) => (
                <Row
                  key={row}
                  row={row}
                  layout={layout}
                  roll={roll}
                  version={version}
                  total={isWhole ? roll.count : -1}
                  shift={view.shift}
                  isFlung={view.isFlung}
                  activeIndex={reachable}
                  chosen={selection.chosen}
                />
              ))}
            </div>
            {hovered !== null && hovered < roll.count && !view.isFlung && (
              <HoverBar roll={roll} layout={layout} index={hovered} shift={view.shift} />
            )}
          </div>
        </div>
      </TileMenu>
      <Scrubber roll={roll} version={version} layout={layout} place={view.place} height={height} onGo={view.goTo} />
    </div>
  );
}

interface RowProps {
  row: number;
  layout: Layout;
  roll: Roll;
  version: number;
  total: number;
  shift: number;
  isFlung: boolean;
  activeIndex: number;
  chosen: ReadonlySet<string>;
}

const Row = memo(function Row({ row, layout, roll, total, shift, isFlung, activeIndex, chosen }: RowProps) {
  const first = layout.starts[row] ?? 0;
  const end = layout.starts[row + 1] ?? 0;
  const height = layout.heights[row] ?? 0;
  const place = { transform: `translateY(${(layout.tops[row] ?? 0) + shift}px)`, height: height + CAPTION };
  // Whoever flies past sees strips, not pictures: nothing is fetched for them.
  if (isFlung && (activeIndex < first || activeIndex >= end)) {
    return (
      <div role="presentation" className="absolute inset-x-0 top-0 contain-layout" style={place}>
        <div className="rounded-frame opacity-60" style={{ height, backgroundColor: roll.colour(first) ?? 'var(--line)' }} />
      </div>
    );
  }
  return (
    <div role="presentation" className="absolute inset-x-0 top-0 contain-layout" style={place}>
      {boxesOf(layout, row).map((box, at) => {
        const index = first + at;
        const id = roll.id(index);
        return (
          <Tile
            key={id}
            id={id}
            index={index}
            total={total}
            x={box.x}
            width={box.width}
            height={height}
            colour={roll.colour(index)}
            frame={roll.frame(index)}
            preview={roll.preview(index)}
            pick={roll.pick(index)}
            rating={roll.rating(index)}
            isChosen={chosen.has(id)}
            isActive={index === activeIndex}
          />
        );
      })}
    </div>
  );
});
