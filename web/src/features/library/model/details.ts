import { useEffect, useSyncExternalStore } from 'react';

import { type AssetRead, listAssets } from '@/api';

const GATHER_MILLISECONDS = 40;
const AGAIN_MILLISECONDS = 1_500;
const AT_ONCE = 100;
const KEPT = 4_000;

/** What is known of pictures that were looked at: their words, and their 8×8 pixels. Asked for together, kept in turn. */
const known = new Map<string, AssetRead>();
const wanted = new Set<string>();
const listeners = new Map<string, Set<() => void>>();
/** When something was said of a picture: what was read before that is no more. */
const saidAt = new Map<string, number>();
let said = 0;
let gathering: ReturnType<typeof setTimeout> | undefined;

function tell(id: string): void {
  for (const listener of listeners.get(id) ?? []) listener();
}

/** Keeps what came from elsewhere. */
export function learn(asset: AssetRead): void {
  known.delete(asset.id);
  known.set(asset.id, asset);
  const oldest = known.keys().next();
  if (known.size > KEPT && !oldest.done) known.delete(oldest.value);
  tell(asset.id);
}

/** Changes what is known of pictures by what was just said of them. */
export function amend(ids: readonly string[], change: (asset: AssetRead) => AssetRead): void {
  said += 1;
  for (const id of ids) {
    saidAt.set(id, said);
    const asset = known.get(id);
    if (asset) learn(change(asset));
  }
}

export function detailOf(id: string): AssetRead | undefined {
  return known.get(id);
}

function want(id: string): void {
  wanted.add(id);
  // Very many at once: the rest follows with the next.
  if (wanted.size > AT_ONCE && gathering !== undefined) {
    clearTimeout(gathering);
    return void ask();
  }
  gathering ??= setTimeout(() => void ask(), GATHER_MILLISECONDS);
}

async function ask(): Promise<void> {
  gathering = undefined;
  // Whoever scrolled on wants them no more.
  const ids = [...wanted].filter((id) => listeners.has(id)).slice(0, AT_ONCE);
  wanted.clear();
  if (ids.length === 0) return;
  let late: string[] = [];
  const began = said;
  try {
    const { data } = await listAssets({ query: { ids, limit: AT_ONCE }, throwOnError: true });
    const isOld = (id: string) => (saidAt.get(id) ?? 0) > began;
    for (const asset of data.items) if (!isOld(asset.id)) learn(asset);
    late = data.items.filter((asset) => asset.previews === 'pending' || isOld(asset.id)).map((asset) => asset.id);
  } catch {
    // A frame without its words is still a frame; the banner says when the server is away.
    late = ids;
  }
  if (late.length > 0) setTimeout(() => late.forEach(want), AGAIN_MILLISECONDS);
}

/** Fetches details for something that is done with them, not for a frame. */
export async function fetchDetails(ids: readonly string[]): Promise<AssetRead[]> {
  const missing = ids.filter((id) => !known.has(id));
  for (let start = 0; start < missing.length; start += AT_ONCE) {
    const some = missing.slice(start, start + AT_ONCE);
    // One after the other: a thousand at once would keep others waiting.
    // oxlint-disable-next-line no-await-in-loop
    const { data } = await listAssets({ query: { ids: some, limit: AT_ONCE }, throwOnError: true });
    for (const asset of data.items) learn(asset);
  }
  return ids.map((id) => known.get(id)).filter((asset): asset is AssetRead => asset !== undefined);
}

/** What is known of a picture. Asks for it while it is shown, again and again while its preview is being made. */
export function useDetail(id: string, isWanted = true): AssetRead | undefined {
  useEffect(() => {
    const found = known.get(id);
    if (isWanted && id && (!found || found.previews === 'pending')) want(id);
  }, [id, isWanted]);
  return useSyncExternalStore(
    (listener) => {
      const own = listeners.get(id) ?? new Set();
      listeners.set(id, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(id) === own) listeners.delete(id);
      };
    },
    () => known.get(id),
  );
}

export function promptOf(asset: AssetRead | undefined): string | null {
  const prompt = asset?.provenance['prompt'];
  return typeof prompt === 'string' ? prompt : null;
}
