import type { DragEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { formatNumber } from '@/lib/format';

import { detailOf } from '../model/details';
import { carried, carriesPictures, carry } from '../model/dragging';
import { useGrid } from '../model/grid-state';
import type { Roll } from '../model/roll';
import { inOrder } from '../model/selection';
import { indexOf } from './grid-keys';

/** Frames are dragged together when they are chosen; in an order that is people's, one is dropped before another. */
export function useFrameDrag(roll: Roll, onMove: ((ids: readonly string[], before: string) => void) | undefined) {
  const { t } = useTranslation('library');
  return {
    onDragStart: (event: DragEvent) => {
      const index = indexOf(event.target);
      if (index === null) return;
      const id = roll.id(index);
      const { selection } = useGrid.getState();
      const ids = selection.chosen.has(id) ? inOrder(selection, roll.ids) : [id];
      carry(event, ids, t('count', { count: ids.length, number: formatNumber(ids.length) }), detailOf(id)?.format);
    },
    onDragOver: (event: DragEvent) => {
      if (onMove && carriesPictures(event) && indexOf(event.target) !== null) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const index = indexOf(event.target);
      if (!onMove || !carriesPictures(event) || index === null) return;
      event.preventDefault();
      onMove(carried(event), roll.id(index));
    },
  };
}
