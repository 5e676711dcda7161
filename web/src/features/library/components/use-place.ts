import { useEffect, useRef } from 'react';

import { useGrid } from '../model/grid-state';
import { type Layout, rowAt, rowOf } from '../model/layout';
import type { Roll } from '../model/roll';
import { focusTile } from './grid-keys';
import type { Place } from './use-view';

/** Comes back to the picture that the viewer showed last, with the keyboard on it. */
export function useReturn(node: HTMLElement | null, roll: Roll, show: (index: number) => void): void {
  const isCovered = useRef(false);
  useEffect(() => {
    if (!node) return;
    const was = isCovered.current;
    isCovered.current = node.closest('[inert]') !== null;
    const { active } = useGrid.getState();
    if (!was || isCovered.current || active === null) return;
    const index = roll.indexOf(active);
    if (index < 0) return;
    show(index);
    // After the shell has given the keyboard to the screen as a whole.
    requestAnimationFrame(() => focusTile(node, index));
  });
}

/** When the picture that had the keyboard has left the row, the one in its place gets it. */
export function useHeir(node: HTMLElement | null, roll: Roll): void {
  const before = useRef(roll.count);
  useEffect(() => {
    const isFewer = roll.count < before.current;
    before.current = roll.count;
    const { active } = useGrid.getState();
    if (!isFewer || active === null || document.activeElement !== document.body) return;
    const index = roll.indexOf(active);
    if (index >= 0) focusTile(node, index);
  });
}

/** What arrives above, or another width, must not move what is looked at. */
export function useKeptPlace(layout: Layout, roll: Roll, place: Place, goTo: (offset: number) => void): void {
  const kept = useRef<{ id: string; into: number; layout: Layout } | null>(null);
  useEffect(() => {
    const keep = () => {
      if (layout.rows === 0) return;
      const row = rowAt(layout, place.offset);
      kept.current = { id: roll.id(layout.starts[row] ?? 0), into: place.offset - (layout.tops[row] ?? 0), layout };
    };
    const before = kept.current;
    const target = before && before.layout !== layout && place.offset > 0 ? placeOf(before, layout, roll) : null;
    if (before && target !== null && Math.abs(target - place.offset) > 1) {
      kept.current = { ...before, layout };
      goTo(target);
    } else keep();
    return place.subscribe(keep);
  }, [layout, roll, place, goTo]);
}

function placeOf({ id, into }: { id: string; into: number }, layout: Layout, roll: Roll): number | null {
  const index = roll.indexOf(id);
  return index < 0 ? null : (layout.tops[rowOf(layout, index)] ?? 0) + into;
}
