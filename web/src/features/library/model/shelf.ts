import { useEffect, useSyncExternalStore } from 'react';

import { asProblem, type ColumnsRead, listColumns, type Problem } from '@/api';

import { type Filters, filtersKey, orderOf } from './filters';
import { Roll } from './roll';

const FIRST_PAGE = 2_000;
const NEXT_PAGES = 10_000;
const NEWER = 500;
const LOOK_MILLISECONDS = 5_000;

/** The one roll that is open, how far it is, and what went wrong. A version number is all that React sees change. */
export interface Shelf {
  readonly key: string;
  readonly filters: Filters;
  readonly roll: Roll;
  readonly isWhole: boolean;
  readonly problem: Problem | null;
  readonly version: number;
}

const listeners = new Set<() => void>();
/** Models that were ever seen: a filter must not take away the others that one could choose. */
const seen = new Set<string>();
let shelf: Shelf | null = null;
let loading: AbortController | null = null;

function change(changes: Partial<Shelf>): void {
  if (!shelf) return;
  shelf = { ...shelf, ...changes, version: shelf.version + 1 };
  for (const model of shelf.roll.models) seen.add(model);
  for (const listener of listeners) listener();
}

/** Opens the roll of these filters, unless it is open already. */
export function openShelf(filters: Filters): void {
  const key = filtersKey(filters);
  if (shelf?.key === key) return;
  shelf = { key, filters, roll: new Roll(), isWhole: false, problem: null, version: (shelf?.version ?? 0) + 1 };
  for (const listener of listeners) listener();
  void load();
}

/** Reads on where a problem has stopped it, or all anew. */
export async function load(): Promise<void> {
  loading?.abort();
  const own = (loading = new AbortController());
  const mine = shelf?.roll;
  if (!shelf || !mine) return;
  change({ problem: null });
  let cursor: string | undefined;
  try {
    do {
      // Pages follow each other: each begins where the one before ended.
      // oxlint-disable-next-line no-await-in-loop
      const page: ColumnsRead = await read(cursor ? NEXT_PAGES : FIRST_PAGE, cursor, own.signal);
      if (own.signal.aborted || shelf?.roll !== mine) return;
      mine.append(page);
      cursor = page.next ?? undefined;
      change({ isWhole: !cursor });
    } while (cursor);
  } catch (error) {
    if (!own.signal.aborted && shelf?.roll === mine) change({ problem: asProblem(error) });
  }
}

async function read(limit: number, cursor: string | undefined, signal: AbortSignal): Promise<ColumnsRead> {
  const filters = shelf?.filters ?? {};
  const { q, model, batch, pick, rating, label, board, trash } = filters;
  const query = { limit, cursor, q: q?.trim() || undefined, model, batch, pick, rating, label, board, trash, order: orderOf(filters) };
  const { data } = await listColumns({ query, signal, throwOnError: true });
  return data;
}

/** Looks for pictures that were made meanwhile. */
async function lookForNewer(): Promise<void> {
  const { roll, isWhole, filters, problem } = shelf ?? {};
  if (!roll || !filters || problem || !isWhole || orderOf(filters) !== 'newest' || document.hidden || !navigator.onLine) return;
  try {
    const page = await read(NEWER, undefined, new AbortController().signal);
    if (shelf?.roll !== roll) return;
    // More than fit into one look: what lies between would be missing.
    if (roll.count > 0 && page.ids.length === NEWER && page.ids.every((id) => roll.indexOf(id) < 0)) return reopen();
    if (roll.prepend(page) > 0) change({});
  } catch {
    // The banner says that the server is away; the next look finds it again.
  }
}

/** Something about pictures of the roll has changed here. */
export function touch(): void {
  change({});
}

/** Pictures leave what is shown. */
export function takeOut(ids: readonly string[]): void {
  shelf?.roll.takeOut(new Set(ids));
  change({});
}

/** Reads the roll anew: something has come back into it, or has another place. */
export function reopen(): void {
  if (!shelf) return;
  const { filters } = shelf;
  shelf = { ...shelf, key: '' };
  openShelf(filters);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useShelf(): Shelf | null {
  return useSyncExternalStore(subscribe, () => shelf);
}

export function currentShelf(): Shelf | null {
  return shelf;
}

export function seenModels(): string[] {
  return [...seen].sort();
}

/** Keeps the roll of the filters open, and looks for what is new while it is shown. */
export function useOpenShelf(filters: Filters): Shelf | null {
  const key = filtersKey(filters);
  // The key says all that the filters do.
  // oxlint-disable-next-line react/exhaustive-deps
  useEffect(() => openShelf(filters), [key]);
  useEffect(() => {
    void lookForNewer();
    const timer = setInterval(() => void lookForNewer(), LOOK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  const found = useShelf();
  return found?.key === key ? found : null;
}
