import { z } from 'zod/mini';

/** What the address says of the grid. */
export const librarySearch = z.object({
  q: z.catch(z.optional(z.string().check(z.maxLength(200))), undefined),
  model: z.catch(z.optional(z.string().check(z.maxLength(200))), undefined),
  batch: z.catch(z.optional(z.string().check(z.maxLength(26))), undefined),
  sort: z.catch(z.optional(z.enum(['newest', 'oldest'])), undefined),
  size: z.catch(z.optional(z.number().check(z.gte(1), z.lte(5))), undefined),
});

export type LibrarySearch = z.infer<typeof librarySearch>;

/** What decides which pictures are shown, and in which order. */
export type Filters = Pick<LibrarySearch, 'q' | 'model' | 'batch' | 'sort'>;

export const FIRST_SIZE = 3;
const ROWS = [96, 136, 184, 256, 360];

/** How high rows are about, for a size from 1 to 5. */
export function rowHeight(size: number | undefined, width: number): number {
  const wished = ROWS[(size ?? FIRST_SIZE) - 1] ?? 184;
  return Math.max(Math.min(wished, width * 0.62), 72);
}

export function filtersKey({ q, model, batch, sort }: Filters): string {
  return JSON.stringify([q?.trim() || null, model ?? null, batch ?? null, sort ?? 'newest']);
}

export function isFiltered({ q, model, batch }: Filters): boolean {
  return Boolean(q?.trim() || model || batch);
}
