import { create } from 'zustand';

import { asProblem, type BatchRead, createBatch, readMe, run as runRecipe } from '@/api';

import type { Draft } from './model';
import { LATER } from './places';
import { runOf, submitOf } from './submit';

/** What was submitted while the server was away. The key makes one batch of it, also if it had arrived after all. */
export interface Later {
  key: string;
  /** Who submitted it: nobody else sends it, on whatever device it lies. */
  person: string;
  draft: Draft;
  /** Why the server would not take it, once it has answered. */
  refused: string | null;
}

const AGAIN_MILLISECONDS = 3_000;
const STARTING = 503;
const NOT_SIGNED_IN = 401;

function kept(): Later[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(LATER) ?? '[]');
    return Array.isArray(read) ? (read as Later[]) : [];
  } catch {
    return [];
  }
}

export const useLater = create<{ kept: readonly Later[] }>(() => ({ kept: kept() }));

function hold(next: readonly Later[]): void {
  if (next.length > 0) localStorage.setItem(LATER, JSON.stringify(next));
  else localStorage.removeItem(LATER);
  useLater.setState({ kept: next });
}

export function keepForLater(one: Omit<Later, 'refused'>): void {
  hold([...kept().filter(({ key }) => key !== one.key), { ...one, refused: null }]);
}

/** The key of what waits already and is the same: pressed once more it is still one wish. */
export function keyOfWaiting(draft: Draft): string | undefined {
  const text = JSON.stringify(draft);
  return kept().find((one) => one.refused === null && JSON.stringify(one.draft) === text)?.key;
}

export function dropLater(key: string): void {
  hold(kept().filter((one) => one.key !== key));
}

/** Another tab may have changed them meanwhile. */
addEventListener('storage', (event) => {
  if (event.key === LATER) useLater.setState({ kept: kept() });
});

/** Submits a draft. With the same key it is one batch, however often that is tried. */
export async function submitDraft(draft: Draft, key: string): Promise<BatchRead> {
  const body = submitOf(draft);
  const headers = { 'Idempotency-Key': key };
  if (!draft.recipe) return (await createBatch({ body, headers, throwOnError: true })).data;
  const path = { recipe_id: draft.recipe.id };
  return (await runRecipe({ path, body: runOf(body, draft.recipe.version), headers, throwOnError: true })).data;
}

let isSending = false;

/** Sends what waits, in its order. What cannot be sent yet goes on waiting, and what is refused stays to be put right. */
export async function sendLater(onMade: (batch: BatchRead) => void): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    const { data: me } = await readMe({ throwOnError: true });
    for (const one of kept()) {
      if (one.person !== me.user_id || one.refused !== null) continue;
      // In their order.
      // oxlint-disable-next-line no-await-in-loop
      const batch = await submitDraft(one.draft, one.key).catch((error: unknown) => refuse(one, error));
      if (batch === null) continue;
      dropLater(one.key);
      onMade(batch);
    }
  } catch (error) {
    // When it is away again, or nobody is signed in, whoever notices the end of that asks for this once more.
    if (asProblem(error).status === STARTING) setTimeout(() => void sendLater(onMade), AGAIN_MILLISECONDS);
  } finally {
    isSending = false;
  }
}

function refuse(one: Later, error: unknown): null {
  const { status, message, document } = asProblem(error);
  // As the server said it: it may be read in another language.
  const spoken = typeof document['detail'] === 'string' ? document['detail'] : message;
  if (status === 0 || status === STARTING || status === NOT_SIGNED_IN) throw error;
  const all = kept();
  for (const other of all) if (other.key === one.key) other.refused = spoken;
  hold(all);
  return null;
}
