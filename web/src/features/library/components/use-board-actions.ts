import { useMemo } from 'react';

import { type BoardRead, useMay } from '@/api';
import { type Action, useActions } from '@/lib/actions';

import { moveBefore } from '../model/boards';
import { useHand } from '../model/hand';
import { currentShelf } from '../model/shelf';
import { aimed } from './use-grid-actions';

export interface BoardActions {
  isOff: boolean;
  /** The board whose own order is shown. */
  board: BoardRead | null;
  onBoard: (ids: readonly string[]) => void;
}

/** Putting pictures on boards, and moving them there, without a pointer. */
export function useBoardActions({ isOff, board, onBoard }: BoardActions): void {
  const hand = useHand();
  const may = useMay('assets:write') === true;
  const actions = useMemo((): Action[] => {
    if (isOff || !may) return [];
    const group = 'library:title';
    const add = () => {
      const ids = aimed();
      if (ids.length > 0 && !document.querySelector('[role="menu"]')) onBoard(ids);
    };
    const step = (by: -1 | 1) => () => {
      const roll = currentShelf()?.roll;
      const ids = aimed();
      const [first, last] = [ids[0], ids.at(-1)];
      if (!board || !roll || first === undefined || last === undefined) return;
      const edge = by < 0 ? roll.indexOf(first) - 1 : roll.indexOf(last) + 2;
      if (edge >= 0 && edge <= roll.count) void moveBefore(hand, board, ids, roll.id(edge) || null);
    };
    return [
      { id: 'library.board', label: 'library:actions.board', group, keys: 'b', run: add },
      ...(board
        ? [
            { id: 'library.earlier', label: 'library:actions.earlier', group, keys: ',', run: step(-1) },
            { id: 'library.later', label: 'library:actions.later', group, keys: '.', run: step(1) },
          ]
        : []),
    ];
  }, [isOff, may, board, hand, onBoard]);
  useActions(actions);
}
