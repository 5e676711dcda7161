import { useQuery } from '@tanstack/react-query';

import { addToBoard, type BoardRead, createBoard, listBoardsOptions, moveOnBoard, removeBoard, removeFromBoard, renameBoard, restoreBoard } from '@/api';

import { clearSelection } from './grid-state';
import { done, failed, type Hand, inPages } from './hand';
import { currentShelf, reopen, takeOut } from './shelf';

export const BOARDS_SHOWN = 500;

/** The boards by their names. */
export function useBoards() {
  const query = useQuery(listBoardsOptions({ query: { limit: BOARDS_SHOWN } }));
  const boards = (query.data?.items ?? []).toSorted((one, other) => one.name.localeCompare(other.name));
  return { ...query, boards };
}

/** Puts pictures on a board. Those that lie there already stay where they are. */
export async function putOn(hand: Hand, board: BoardRead, ids: readonly string[]): Promise<void> {
  try {
    const answers = await inPages(ids, async (page) => (await addToBoard({ path: { board_id: board.id }, body: { ids: page }, throwOnError: true })).data);
    const added = answers.flatMap((answer) => answer.places.map((place) => place.asset_id));
    if (currentShelf()?.filters.board === board.id) reopen();
    if (added.length === 0) return done(hand, hand.t('boards.already', { count: ids.length, name: board.name }));
    done(hand, hand.t('boards.added', { count: added.length, name: board.name }), async () => {
      await inPages(added, (page) => removeFromBoard({ path: { board_id: board.id }, body: { ids: page }, throwOnError: true }));
      if (currentShelf()?.filters.board === board.id) takeOut(added);
      done(hand, hand.t('boards.taken', { count: added.length, name: board.name }));
    });
  } catch (error) {
    failed(error);
  }
}

/** Off the board, and off nothing else. */
export async function takeOff(hand: Hand, board: BoardRead, ids: readonly string[]): Promise<void> {
  const path = { board_id: board.id };
  try {
    const answers = await inPages(ids, async (page) => (await removeFromBoard({ path, body: { ids: page }, throwOnError: true })).data);
    const places = answers.flatMap((answer) => answer.places);
    takeOut(places.map((place) => place.asset_id));
    clearSelection();
    done(hand, hand.t('boards.taken', { count: places.length, name: board.name }), async () => {
      await inPages(places, (page) => addToBoard({ path, body: { ids: page.map((one) => one.asset_id), positions: page.map((one) => one.position) }, throwOnError: true }));
      reopen();
      done(hand, hand.t('boards.added', { count: places.length, name: board.name }));
    });
  } catch (error) {
    failed(error);
  }
}

/** Gives pictures of a board another place: before one of the others, or at the end. */
export async function moveBefore(hand: Hand, board: BoardRead, ids: readonly string[], before: string | null): Promise<void> {
  const path = { board_id: board.id };
  const moved = ids.filter((id) => id !== before);
  if (moved.length === 0) return;
  try {
    const { data } = await moveOnBoard({ path, body: { ids: moved, before }, throwOnError: true });
    reopen();
    const { places } = data;
    done(hand, hand.t('boards.moved', { count: data.changed }), async () => {
      await moveOnBoard({ path, body: { ids: places.map((one) => one.asset_id), positions: places.map((one) => one.position) }, throwOnError: true });
      reopen();
    });
  } catch (error) {
    failed(error);
  }
}

/** A new board, or a new name. Problems are the caller's: they belong at the field. */
export async function nameBoard(hand: Hand, name: string, board: BoardRead | null): Promise<BoardRead> {
  if (!board) {
    const { data } = await createBoard({ body: { name }, throwOnError: true });
    done(hand, hand.t('boards.created', { name }));
    return data;
  }
  const before = board.name;
  const path = { board_id: board.id };
  const { data } = await renameBoard({ path, body: { name, revision: board.revision }, throwOnError: true });
  done(hand, hand.t('boards.renamed', { name }), async () => {
    await renameBoard({ path, body: { name: before }, throwOnError: true });
    done(hand, hand.t('boards.renamed', { name: before }));
  });
  return data;
}

/** The board goes, its pictures stay. */
export async function dropBoard(hand: Hand, board: BoardRead): Promise<boolean> {
  const path = { board_id: board.id };
  try {
    await removeBoard({ path, throwOnError: true });
    done(hand, hand.t('boards.removed', { name: board.name }), async () => {
      await restoreBoard({ path, throwOnError: true });
      done(hand, hand.t('boards.restored', { name: board.name }));
    });
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
