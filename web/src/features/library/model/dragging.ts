import type { DragEvent } from 'react';

import { ASSET, dragAssets, draggedAssets } from '@/lib/dragging';

/** Frames are on their way. Under the pointer it says how many. */
export function carry(event: DragEvent, ids: readonly string[], words: string, format?: string): void {
  dragAssets(event.dataTransfer, ids, location.origin, format);
  event.dataTransfer.effectAllowed = 'copyMove';
  const slip = document.createElement('div');
  slip.textContent = words;
  slip.className = 'fixed -top-40 left-0 rounded-control bg-ink px-3 py-1.5 text-control font-medium text-app';
  document.body.append(slip);
  event.dataTransfer.setDragImage(slip, -12, -12);
  setTimeout(() => slip.remove());
}

export function carriesPictures(event: DragEvent): boolean {
  return event.dataTransfer.types.includes(ASSET);
}

export function carried(event: DragEvent): string[] {
  return draggedAssets(event.dataTransfer, location.origin);
}
