import type { BudgetRead, KeyRead, LaneRead, ModelRead, PriceRead, ProviderRead, SizesRead } from '@/api';

export interface Shape {
  width: number;
  height: number;
  /** `1024x1024`, or what it stands for. */
  name: string;
}

const USUAL: readonly [number, number][] = [
  [1, 1],
  [4, 3],
  [3, 4],
  [16, 9],
  [9, 16],
  [3, 1],
  [1, 3],
];

/** The shapes that a model makes: those it names, or the usual ones within its limits. */
export function shapesOf(sizes: SizesRead): { shapes: Shape[]; isFree: boolean } {
  if (sizes.choices.length > 0) return { shapes: sizes.choices.map(shapeOf).filter((shape) => shape !== null), isFree: false };
  const most = sizes.max_ratio ?? 3;
  const shapes = USUAL.filter(([width, height]) => Math.max(width / height, height / width) <= most);
  return { shapes: shapes.map(([width, height]) => ({ width, height, name: `${width}:${height}` })), isFree: true };
}

function shapeOf(size: string): Shape | null {
  const [width, height] = size.split('x').map(Number);
  return width && height ? { width, height, name: size } : null;
}

/** A frame of that shape within a square of `side` pixels. */
export function fitted({ width, height }: Shape, side: number): { width: number; height: number } {
  const scale = side / Math.max(width, height);
  return { width: Math.max(4, Math.round(width * scale)), height: Math.max(4, Math.round(height * scale)) };
}

/** Why a provider can be used, or what is missing. */
export type Access = 'local' | 'key' | 'environment' | 'missing' | 'unknown';

export function accessTo(provider: ProviderRead, keys: readonly KeyRead[] | undefined): Access {
  if (provider.kind === 'local' || !provider.needs_key) return 'local';
  if (!keys) return 'unknown';
  const own = keys.filter((key) => key.provider === provider.id);
  if (own.some((key) => key.source === 'stored')) return 'key';
  return own.length > 0 ? 'environment' : 'missing';
}

export interface Wish {
  q: string;
  provider?: string | undefined;
  usable?: boolean | undefined;
}

export interface Group {
  provider: ProviderRead;
  access: Access;
  models: ModelRead[];
}

/** The models as they are shown: by provider, those that can be used first, and only what is wished for. */
export function grouped(
  providers: readonly ProviderRead[],
  models: readonly ModelRead[],
  keys: readonly KeyRead[] | undefined,
  wish: Wish,
): Group[] {
  const words = wish.q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = providers
    .filter((provider) => !wish.provider || provider.id === wish.provider)
    .map((provider) => ({
      provider,
      access: accessTo(provider, keys),
      models: models.filter((model) => model.provider === provider.id && has(model, provider, words)),
    }))
    .filter((group) => !wish.usable || group.access !== 'missing')
    .filter((group) => group.models.length > 0 || (words.length === 0 && group.provider.open_models));
  return found.sort((one, other) => Number(one.access === 'missing') - Number(other.access === 'missing'));
}

function has(model: ModelRead, provider: ProviderRead, words: readonly string[]): boolean {
  const text = `${model.name} ${model.title} ${model.note} ${provider.title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** `now`: not to be used any more. `soon`: its end is announced. */
export function endOf(model: ModelRead, today: string): 'over' | 'soon' | 'deprecated' | null {
  if (model.shutdown_on) return model.shutdown_on <= today ? 'over' : 'soon';
  return model.deprecated_on && model.deprecated_on <= today ? 'deprecated' : null;
}

/** The lines of the price book that speak of a model now. */
export function pricesOf(model: ModelRead, lines: readonly PriceRead[]): PriceRead[] {
  return lines.filter(
    (line) => line.provider === model.provider && line.is_in_force && (line.match['model'] ?? model.model) === model.model,
  );
}

/** The oldest day on which any of the lines was compared with its source. */
export function checkedOn(lines: readonly PriceRead[]): string | null {
  return lines.reduce<string | null>((oldest, line) => (oldest === null || line.checked_on < oldest ? line.checked_on : oldest), null);
}

/** The queue of a key, or of a provider without one. */
export function laneId(key: KeyRead): string {
  return key.source === 'environment' ? `${key.provider}:env` : `${key.provider}:${key.id}`;
}

export function lanesOf(key: KeyRead, lanes: readonly LaneRead[] | undefined): LaneRead | undefined {
  return lanes?.find((lane) => lane.id === laneId(key));
}

/** Queues without a key of their own: of this machine, and of keys that are gone. */
export function otherLanes(keys: readonly KeyRead[], lanes: readonly LaneRead[]): LaneRead[] {
  const known = new Set(keys.map(laneId));
  return lanes.filter((lane) => !known.has(lane.id));
}

export type Mood = 'paused' | 'parked' | 'waits' | 'runs' | 'idle';

export function moodOf(lane: LaneRead): Mood {
  if (lane.is_paused) return 'paused';
  if (lane.is_parked) return 'parked';
  if (lane.reason && lane.waiting > 0) return 'waits';
  return lane.state === 'active' ? 'runs' : 'idle';
}

export interface Bar {
  used: number;
  held: number;
  doubt: number;
  left: number;
}

/** The parts of a cap, in hundredths that fill the bar. More than the cap fills it whole. */
export function barOf(cap: Pick<BudgetRead, 'amount' | 'used' | 'held' | 'doubt'>): Bar {
  const [used, held, doubt] = [Number(cap.used), Number(cap.held), Number(cap.doubt)];
  const whole = Math.max(Number(cap.amount), used + held + doubt);
  if (whole === 0) return { used: 0, held: 0, doubt: 0, left: 100 };
  const part = (value: number) => (100 * value) / whole;
  const bar = { used: part(used), held: part(held), doubt: part(doubt) };
  return { ...bar, left: Math.max(0, 100 - bar.used - bar.held - bar.doubt) };
}

/** A decimal amount as the server takes it, or `null`. A comma is a decimal point where nothing else can be meant. */
export function readAmount(text: string): string | null {
  const plain = text.trim().replace(/^(?:US)?\$\s*/, '').replace(/^(\d+),(\d{1,2})$/, '$1.$2');
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(plain) ? plain : null;
}

/** A whole number of at least one; `undefined` when nothing is said, `null` when it is none. */
export function readLimit(text: string): number | undefined | null {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 1 ? value : null;
}
