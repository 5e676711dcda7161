import { type CauseRead, type ItemRead, listItems, reconcileItems } from '@/api';

export type Resolution = 'resend' | 'give_up';

const READ_AT_ONCE = 200;
/** As many as one request may name. */
const NAMED_AT_ONCE = 10_000;

/** Whether an item ended as a cause says. */
export function isOf(cause: Pick<CauseRead, 'outcome' | 'provider' | 'message'>, item: Pick<ItemRead, 'outcome' | 'provider' | 'message'>): boolean {
  return item.outcome === cause.outcome && item.provider === cause.provider && item.message === cause.message;
}

/** The items of a cause, and never more than were said to be: of each may be paid a second time. */
async function idsOf(batchId: string, cause: CauseRead): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    // One page names the next.
    // oxlint-disable-next-line no-await-in-loop
    const { data }: { data: { items: ItemRead[]; next: string | null } } = await listItems({
      path: { batch_id: batchId },
      query: { state: 'uncertain', limit: READ_AT_ONCE, cursor },
      throwOnError: true,
    });
    ids.push(...data.items.filter((item) => isOf(cause, item)).map(({ id }) => id));
    cursor = data.next;
  } while (cursor !== null && ids.length < cause.items);
  return ids.slice(0, cause.items);
}

/** Decides about all that is uncertain, about some items, or about those of a cause. Returns how many it were. */
export async function decide(batchId: string, resolution: Resolution, which?: string[] | CauseRead): Promise<number> {
  const path = { batch_id: batchId };
  const ids = which === undefined || Array.isArray(which) ? which : await idsOf(batchId, which);
  if (ids === undefined) return (await reconcileItems({ path, body: { resolution }, throwOnError: true })).data.items;
  let count = 0;
  for (let from = 0; from < ids.length; from += NAMED_AT_ONCE) {
    // One after the other: each moves what the next would find.
    // oxlint-disable-next-line no-await-in-loop
    const { data } = await reconcileItems({ path, body: { resolution, item_ids: ids.slice(from, from + NAMED_AT_ONCE) }, throwOnError: true });
    count += data.items;
  }
  return count;
}
