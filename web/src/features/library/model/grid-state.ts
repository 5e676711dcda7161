import { create } from 'zustand';

import { NOTHING, type Selection } from './selection';

interface GridState {
  selection: Selection;
  /** The picture that has the keyboard, and to which the grid comes back. */
  active: string | null;
  /** Taps choose instead of opening. */
  isChoosing: boolean;
}

export const useGrid = create<GridState>(() => ({ selection: NOTHING, active: null, isChoosing: false }));

export function select(selection: Selection): void {
  useGrid.setState({ selection });
}

export function clearSelection(): void {
  useGrid.setState({ selection: NOTHING, isChoosing: false });
}

export function activate(id: string | null): void {
  useGrid.setState({ active: id });
}
