import type { LineupCell, LineupRead, WinsRead } from '@/api';

/** One column for each model of the batch; `null` where that was not asked. */
export function columnsOf(models: readonly string[], line: LineupRead): { model: string; cell: LineupCell | null }[] {
  return models.map((model) => ({ model, cell: line.cells.find((cell) => cell.model === model) ?? null }));
}

/** What a picture cost: an amount and how many tries nobody priced, nothing at all, or not known at all. */
export type Cost = { kind: 'none' } | { kind: 'reused' } | { kind: 'unknown' } | { kind: 'known'; amount: string; unknown: number };

export function costOf({ item }: Pick<LineupCell, 'item'>): Cost {
  if (item.is_reused) return { kind: 'reused' };
  if (item.attempts === 0) return { kind: 'none' };
  if (item.settled === null) return { kind: 'unknown' };
  return { kind: 'known', amount: item.settled, unknown: item.settled_unknown };
}

/** The line with that number, counted from 1, within those that there are. */
export function within(line: number, total: number): number {
  return Math.min(Math.max(1, Math.trunc(line) || 1), Math.max(1, total));
}

/** Hundredths, in whole ones: of few votes more would pretend. */
export function shareOf({ won, held }: Pick<WinsRead, 'won' | 'held'>): number | null {
  return held === 0 ? null : won / held;
}

/** Whether something of the line may still change by itself. */
export function isMoving(line: LineupRead | undefined): boolean {
  return line?.cells.some(({ item }) => item.state === 'running' || item.state === 'pending') ?? false;
}
