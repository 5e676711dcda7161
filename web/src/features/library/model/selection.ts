/** What is chosen, by id, so that pictures which arrive meanwhile change nothing. */
export interface Selection {
  readonly chosen: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | null;
}

export const NOTHING: Selection = { chosen: new Set(), anchor: null };

export function only(id: string): Selection {
  return { chosen: new Set([id]), anchor: id };
}

export function toggle({ chosen }: Selection, id: string): Selection {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return { chosen: next, anchor: id };
}

/** From the anchor to the given picture. `adds` keeps what was chosen before. */
export function reach(selection: Selection, ids: readonly string[], to: number, adds: boolean): Selection {
  const from = selection.anchor === null ? -1 : ids.indexOf(selection.anchor);
  const start = from < 0 ? to : from;
  const range = ids.slice(Math.min(start, to), Math.max(start, to) + 1);
  return { chosen: new Set(adds ? [...selection.chosen, ...range] : range), anchor: ids[start] ?? null };
}

export function all(ids: readonly string[]): Selection {
  return { chosen: new Set(ids), anchor: ids[0] ?? null };
}

/** The chosen ones in the order of the grid. */
export function inOrder({ chosen }: Selection, ids: readonly string[]): string[] {
  return ids.filter((id) => chosen.has(id));
}
