import type { BatchRead, CountsRead } from '@/api';
import type { Tone } from '@/ui/badge';

/** The states of an item, in the order in which a bar shows them: what is over first, what waits last. */
export const STATES = ['done', 'failed', 'refused', 'uncertain', 'cancelled', 'running', 'pending'] as const;
export type ItemState = (typeof STATES)[number];

export const TONES: Record<ItemState, Tone> = {
  done: 'ok',
  failed: 'bad',
  refused: 'warn',
  uncertain: 'info',
  cancelled: 'plain',
  running: 'signal',
  pending: 'plain',
};

/** What may be tried again without a word about paying twice. */
export const RETRIABLE: readonly ItemState[] = ['failed', 'refused', 'cancelled'];

export function isItemState(text: string | undefined): text is ItemState {
  return STATES.includes(text as ItemState);
}

export interface Segment {
  state: ItemState;
  count: number;
  /** Where it ends, in percent of the whole bar. What is there is never too thin to be seen. */
  until: number;
}

const THINNEST_PERCENT = 0.6;

/** The parts of the bar, which fill it exactly. */
export function segments(counts: CountsRead): Segment[] {
  const there = STATES.map((state) => ({ state, count: counts[state] })).filter(({ count }) => count > 0);
  const shares = there.map(({ count }) => Math.max(THINNEST_PERCENT, (100 * count) / Math.max(1, counts.total)));
  const sum = shares.reduce((total, share) => total + share, 0);
  let filled = 0;
  return there.map(({ state, count }, place) => {
    filled += shares[place] ?? 0;
    return { state, count, until: (100 * filled) / sum };
  });
}

/** How many items will not change by themselves any more. */
export function ended(counts: CountsRead): number {
  return counts.total - counts.pending - counts.running;
}

/** Whole percents that say 100 only when all is over. */
export function percentOf(counts: CountsRead): number {
  return counts.total === 0 ? 0 : Math.floor((100 * ended(counts)) / counts.total);
}

export type Mood = 'running' | 'waiting' | 'paused' | 'done' | 'flawed' | 'cancelled';

/** What a batch is, in one word: what moves, what waits for somebody, how it ended. */
export function moodOf(batch: Pick<BatchRead, 'state' | 'reason' | 'counts'>): Mood {
  if (batch.state === 'paused') return 'paused';
  if (batch.state === 'cancelled') return 'cancelled';
  if (batch.state === 'running') return batch.reason ? 'waiting' : 'running';
  return batch.counts.done === batch.counts.total ? 'done' : 'flawed';
}

export const MOOD_TONES: Record<Mood, Tone> = {
  running: 'signal',
  waiting: 'warn',
  paused: 'warn',
  done: 'ok',
  flawed: 'bad',
  cancelled: 'plain',
};

export function isActive(state: string): boolean {
  return state === 'running' || state === 'paused';
}

/** Whether a time is over. */
export function hasCome(iso: string): boolean {
  return new Date(iso).getTime() <= Date.now();
}

const HOUR = 3_600;
const MINUTE = 60;

/** The two largest parts of a span: 3 h 5 min, 12 s. */
export function spanParts(seconds: number): [number, 'hour' | 'minute' | 'second'][] {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, 'hour' | 'minute' | 'second'][] = [
    [Math.floor(whole / HOUR), 'hour'],
    [Math.floor((whole % HOUR) / MINUTE), 'minute'],
    [whole % MINUTE, 'second'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return [[0, 'second']];
  return parts.slice(first, first + 2).filter(([amount], place) => place === 0 || amount > 0);
}

/** What a model is called without its provider: `openai/gpt-image-2` is `gpt-image-2`. */
export function shortModel(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

/** The models that a plan asks, unless its sheet names them row by row. */
export function modelsOf(plan: Record<string, unknown>): Set<unknown> {
  const axes = Array.isArray(plan['axes']) ? (plan['axes'] as { values?: unknown }[]) : [];
  const values = axes.flatMap((axis) => (Array.isArray(axis.values) ? (axis.values as Record<string, unknown>[]) : []));
  return new Set(values.map((value) => value['model']).filter((model) => model !== undefined));
}

/** Whether a plan asks several models for the same. */
export function isOfSeveral(plan: Record<string, unknown>): boolean {
  return modelsOf(plan).size > 1;
}
