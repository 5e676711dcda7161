import type { KeyboardEvent } from 'react';

import { beyond, type Layout, rowOf } from '../model/layout';

/** The place of the picture that was hit, or `null` beside all of them. */
export function indexOf(target: EventTarget | null): number | null {
  const tile = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  return tile ? Number(tile.dataset['index']) : null;
}

/** Gives the keyboard to a picture, as soon as it is drawn. */
export function focusTile(scroller: HTMLElement | null, index: number, tries = 60): void {
  const tile = scroller?.querySelector<HTMLElement>(`[data-index="${index}"]`);
  if (tile) tile.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusTile(scroller, index, tries - 1));
}

/** Where a key of the grid leads, or `null` for other keys. */
export function moved(event: KeyboardEvent, layout: Layout, index: number, height: number): number | null {
  const last = layout.count - 1;
  const page = Math.max(1, Math.floor(height / ((layout.heights[rowOf(layout, index)] ?? 200) + layout.caption)));
  switch (event.key) {
    case 'ArrowLeft':
      return Math.max(index - 1, 0);
    case 'ArrowRight':
      return Math.min(index + 1, last);
    case 'ArrowUp':
      return beyond(layout, index, -1);
    case 'ArrowDown':
      return beyond(layout, index, 1);
    case 'PageUp':
      return beyond(layout, index, -page);
    case 'PageDown':
      return beyond(layout, index, page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
