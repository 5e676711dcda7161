import { emptyTrash, restoreFromTrash, throwAway } from '@/api';

import { amend } from './details';
import { clearSelection } from './grid-state';
import { done, failed, type Hand, inPages } from './hand';
import { currentShelf, reopen, takeOut } from './shelf';

/** Into the trash. Nothing is asked: it can be taken back, for as long as the trash keeps it. */
export async function discard(hand: Hand, ids: readonly string[]): Promise<boolean> {
  try {
    const answers = await inPages(ids, async (page) => (await throwAway({ body: { ids: page }, throwOnError: true })).data);
    const moved = answers.flatMap((answer) => answer.ids);
    leave(moved, false);
    done(hand, hand.t('trash.thrown', { count: moved.length }), moved.length > 0 ? () => back(hand, moved) : undefined);
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

/** Out of the trash, back to where they were. */
export async function restore(hand: Hand, ids: readonly string[]): Promise<void> {
  try {
    const answers = await inPages(ids, async (page) => (await restoreFromTrash({ body: { ids: page }, throwOnError: true })).data);
    const moved = answers.flatMap((answer) => answer.ids);
    leave(moved, true);
    done(hand, hand.t('trash.restored', { count: moved.length }), async () => {
      await inPages(moved, (page) => throwAway({ body: { ids: page }, throwOnError: true }));
      amend(moved, (asset) => ({ ...asset, trashed_at: new Date().toISOString() }));
      reopen();
      done(hand, hand.t('trash.thrown', { count: moved.length }));
    });
  } catch (error) {
    failed(error);
  }
}

async function back(hand: Hand, ids: readonly string[]): Promise<void> {
  await inPages(ids, (page) => restoreFromTrash({ body: { ids: page }, throwOnError: true }));
  amend(ids, (asset) => ({ ...asset, trashed_at: null }));
  reopen();
  done(hand, hand.t('trash.restored', { count: ids.length }));
}

function leave(ids: readonly string[], isRestored: boolean): void {
  amend(ids, (asset) => ({ ...asset, trashed_at: isRestored ? null : new Date().toISOString() }));
  if (Boolean(currentShelf()?.filters.trash) === isRestored) takeOut(ids);
  clearSelection();
}

/** Deletes for good what is named, or all that lies in the trash. */
export async function deleteForGood(hand: Hand, ids: readonly string[] | null): Promise<void> {
  try {
    let count = 0;
    if (ids) {
      const answers = await inPages(ids, async (page) => (await emptyTrash({ body: { ids: page }, throwOnError: true })).data);
      count = answers.reduce((sum, answer) => sum + answer.removed, 0);
    } else {
      for (let left = 1; left > 0; ) {
        // The server deletes as much at once as one transaction may.
        // oxlint-disable-next-line no-await-in-loop
        const { data } = await emptyTrash({ body: {}, throwOnError: true });
        count += data.removed;
        left = data.removed > 0 ? data.left : 0;
      }
    }
    clearSelection();
    done(hand, hand.t('trash.deleted', { count }));
  } catch (error) {
    failed(error);
  }
  reopen();
}
