import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';

import { useActions } from '@/lib/actions';

import { activate, clearSelection, select, useGrid } from '../model/grid-state';
import { all, inOrder } from '../model/selection';
import { currentShelf } from '../model/shelf';

/** What a key speaks of: all that is chosen, else the picture that has the keyboard. */
export function aimed(): readonly string[] {
  const { selection, active } = useGrid.getState();
  const roll = currentShelf()?.roll;
  if (selection.chosen.size > 0) return inOrder(selection, roll?.ids ?? []);
  return active !== null && (roll?.indexOf(active) ?? -1) >= 0 ? [active] : [];
}

/** Before what is aimed at leaves the row: the keyboard goes to the picture that comes after it, or the one before. */
export function passOn(): void {
  const roll = currentShelf()?.roll;
  const leaving = aimed();
  const [first, last] = [leaving[0], leaving.at(-1)];
  if (!roll || first === undefined || last === undefined) return;
  const next = roll.indexOf(last) + 1;
  const heir = next < roll.count ? next : roll.indexOf(first) - 1;
  if (heir >= 0) activate(roll.id(heir));
}

/** What keys and the palette can do while the grid is what one looks at. */
export function useGridActions(open: (id: string) => void, isCovered: boolean): void {
  const navigate = useNavigate();
  const actions = useMemo(() => {
    if (isCovered) return [];
    const group = 'library:title';
    // A menu that is open has the keys to itself.
    const unlessMenu = (run: () => void) => () => {
      if (!document.querySelector('[role="menu"]')) run();
    };
    return [
      { id: 'library.loupe', label: 'library:actions.open', group, keys: 'e', run: unlessMenu(() => {
        const { active } = useGrid.getState();
        const id = active ?? currentShelf()?.roll.id(0);
        if (id) open(id);
      }) },
      { id: 'library.all', label: 'library:actions.all', group, keys: '$mod+a', run: () => select(all(currentShelf()?.roll.ids ?? [])) },
      { id: 'library.clear', label: 'library:actions.clear', group, keys: 'Escape', run: unlessMenu(clearSelection) },
      { id: 'library.compare', label: 'library:actions.compare', group, keys: 'c', run: unlessMenu(() => {
        const ids = inOrder(useGrid.getState().selection, currentShelf()?.roll.ids ?? []).slice(0, 9);
        if (ids.length > 1) void navigate({ to: '/library/compare', search: (before) => ({ ...before, ids: ids.join(',') }) });
      }) },
    ];
  }, [open, navigate, isCovered]);
  useActions(actions);
}
