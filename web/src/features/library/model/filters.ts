import { z } from 'zod/mini';

/** What the address says of the grid. */
export const librarySearch = z.object({
  q: z.catch(z.optional(z.string().check(z.maxLength(200))), undefined),
  model: z.catch(z.optional(z.string().check(z.maxLength(200))), undefined),
  batch: z.catch(z.optional(z.string().check(z.maxLength(26))), undefined),
  pick: z.catch(z.optional(z.enum(['pick', 'reject', 'none'])), undefined),
  rating: z.catch(z.optional(z.number().check(z.gte(1), z.lte(5))), undefined),
  label: z.catch(z.optional(z.string().check(z.minLength(1), z.maxLength(40))), undefined),
  board: z.catch(z.optional(z.string().check(z.maxLength(26))), undefined),
  trash: z.catch(z.optional(z.literal(true)), undefined),
  sort: z.catch(z.optional(z.enum(['newest', 'oldest', 'board'])), undefined),
  size: z.catch(z.optional(z.number().check(z.gte(1), z.lte(5))), undefined),
});

export type LibrarySearch = z.infer<typeof librarySearch>;

/** What decides which pictures are shown, and in which order. */
export type Filters = Pick<LibrarySearch, 'q' | 'model' | 'batch' | 'pick' | 'rating' | 'label' | 'board' | 'trash' | 'sort'>;

/** Every filter off. The board and the trash are places, not filters. */
export const UNFILTERED = { q: undefined, model: undefined, batch: undefined, pick: undefined, rating: undefined, label: undefined } as const;

export const FIRST_SIZE = 3;
const ROWS = [96, 136, 184, 256, 360];

/** How high rows are about, for a size from 1 to 5. */
export function rowHeight(size: number | undefined, width: number): number {
  const wished = ROWS[(size ?? FIRST_SIZE) - 1] ?? 184;
  return Math.max(Math.min(wished, width * 0.62), 72);
}

/** The order that is shown: a board has its own until one asks for another. */
export function orderOf({ sort, board }: Filters): 'newest' | 'oldest' | 'board' {
  if (sort === 'board' && !board) return 'newest';
  return sort ?? (board ? 'board' : 'newest');
}

export function filtersKey(filters: Filters): string {
  const { q, model, batch, pick, rating, label, board, trash } = filters;
  return JSON.stringify([q?.trim() || null, model, batch, pick, rating, label, board, trash, orderOf(filters)].map((one) => one ?? null));
}

export function isFiltered({ q, model, batch, pick, rating, label }: Filters): boolean {
  return Boolean(q?.trim() || model || batch || pick || rating || label);
}
