import { FileArchive, Flag, LayoutGrid, RotateCcw, Trash2, X } from 'lucide-react';
import { useCallback } from 'react';

import { type BoardRead, useMay } from '@/api';
import { formatNumber } from '@/lib/format';

import { takeOff } from '../model/boards';
import { ZIPPED_MOST } from '../model/doing';
import { useHand } from '../model/hand';
import { judge } from '../model/judging';
import { discard, restore } from '../model/trashing';
import type { TileMenuProps } from './tile-menu';

interface TileMenuWishes {
  inTrash: boolean;
  board: BoardRead | null;
  onBoard: (ids: readonly string[]) => void;
  onTake: (ids: readonly string[]) => void;
}

/** What the menu of a frame offers beside looking: taking away, judging, boards, the trash. Each says of how many it speaks. */
export function useTileMenu({ inTrash, board, onBoard, onTake }: TileMenuWishes): TileMenuProps['more'] {
  const hand = useHand();
  const may = useMay('assets:write') === true;
  return useCallback(
    (ids) => {
      const { t } = hand;
      const count = ids.length;
      const icon = 'size-4';
      const take =
        count > 0 && count <= ZIPPED_MOST
          ? [{ key: 'take', label: t('take.open', { count, number: formatNumber(count) }), icon: <FileArchive className={icon} />, run: () => onTake(ids) }]
          : [];
      if (!may || count === 0) return take;
      if (inTrash) return [...take, { key: 'restore', label: t('bulk.restore', { count }), icon: <RotateCcw className={icon} />, run: () => void restore(hand, ids) }];
      return [
        ...take,
        { key: 'pick', label: t('bulk.pick', { count }), icon: <Flag className={icon} />, run: () => void judge(hand, ids, { pick: 'pick' }) },
        { key: 'reject', label: t('bulk.reject', { count }), icon: <X className={icon} />, run: () => void judge(hand, ids, { pick: 'reject' }) },
        { key: 'board', label: t('bulk.board', { count }), icon: <LayoutGrid className={icon} />, run: () => onBoard(ids) },
        ...(board ? [{ key: 'off', label: t('bulk.takeOff', { count }), icon: <X className={icon} />, run: () => void takeOff(hand, board, ids) }] : []),
        { key: 'trash', label: t('bulk.trash', { count }), icon: <Trash2 className={icon} />, run: () => void discard(hand, ids) },
      ];
    },
    [hand, may, inTrash, board, onBoard, onTake],
  );
}
