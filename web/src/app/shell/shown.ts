import { create } from 'zustand';

export type Overlay = 'palette' | 'keys';

/** Which of the shell's overlays is open. */
interface Shown {
  overlay: Overlay | null;
  /** Those that were open once: loaded with their first use, they stay, so that they can leave in their own time. */
  loaded: readonly Overlay[];
}

export const useShown = create<Shown>(() => ({ overlay: null, loaded: [] }));

export function show(overlay: Overlay | null): void {
  useShown.setState(({ loaded }) => ({
    overlay,
    loaded: overlay && !loaded.includes(overlay) ? [...loaded, overlay] : loaded,
  }));
}

export function hide(): void {
  show(null);
}
