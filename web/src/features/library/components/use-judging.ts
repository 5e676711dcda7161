import { useMemo } from 'react';

import { useMay } from '@/api';
import { type Action, useActions } from '@/lib/actions';

import { undoLast, useHand } from '../model/hand';
import { judge } from '../model/judging';
import { discard, restore } from '../model/trashing';

export interface Judging {
  /** Names the actions: `library` for the grid, `viewer` for one picture. */
  place: 'library' | 'viewer';
  group: string;
  /** The pictures that a key speaks of. */
  aim: () => readonly string[];
  isOff: boolean;
  inTrash: boolean;
  /** After a picture was thrown away or came back. */
  onGone?: () => void;
}

const RATINGS = [0, 1, 2, 3, 4, 5] as const;

/** P, X and U, 0 to 5, Delete and the key that takes the last of it back. */
export function useJudging({ place, group, aim, isOff, inTrash, onGone }: Judging): void {
  const hand = useHand();
  const may = useMay('assets:write') === true;
  const actions = useMemo((): Action[] => {
    if (isOff || !may) return [];
    // A menu that is open has the keys to itself.
    const on = (run: (ids: readonly string[]) => void) => () => {
      const ids = aim();
      if (ids.length > 0 && !document.querySelector('[role="menu"]')) run(ids);
    };
    const move = async (ids: readonly string[]) => {
      // Where to go is looked up before the picture leaves the row.
      onGone?.();
      await (inTrash ? restore(hand, ids) : discard(hand, ids));
    };
    const judged = (id: string, keys: string, said: Parameters<typeof judge>[2], hidden = false): Action => ({
      id: `${place}.${id}`, label: `library:actions.${id}`, group, keys, hidden, run: on((ids) => void judge(hand, ids, said)),
    });
    return [
      judged('pick', 'p', { pick: 'pick' }),
      judged('reject', 'x', { pick: 'reject' }),
      judged('unflag', 'u', { pick: 'none' }),
      ...RATINGS.map((rating) => judged(`rate${rating}`, String(rating), { rating }, true)),
      inTrash
        ? { id: `${place}.restore`, label: 'library:actions.restore', group, keys: 'r', run: on((ids) => void move(ids)) }
        : { id: `${place}.trash`, label: 'library:actions.trash', group, keys: 'Delete', run: on((ids) => void move(ids)) },
      { id: `${place}.undo`, label: 'library:actions.undo', group, keys: '$mod+z', run: undoLast },
    ];
  }, [place, group, aim, isOff, inTrash, onGone, hand, may]);
  useActions(actions);
}
