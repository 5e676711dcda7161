import type { ColumnsRead } from '@/api';

import { aspectOf } from './layout';

export type Preview = 'pending' | 'done' | 'damaged' | 'held';

const STATES: readonly Preview[] = ['pending', 'done', 'damaged', 'held'];
export type PickWord = 'pick' | 'reject' | 'none';
/** From the server's -1, 0 and 1. */
const PICKS: readonly PickWord[] = ['reject', 'none', 'pick'];
const NO_COLOUR = 0xff_ff_ff_ff;
const NO_MODEL = 0xff_ff;

/** A column of numbers that grows. */
function grown<Column extends Float32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array | Int8Array>(column: Column, length: number): Column {
  if (length <= column.length) return column;
  const Kind = column.constructor as new (length: number) => Column;
  const next = new Kind(Math.max(length, column.length * 2, 1024));
  next.set(column as never);
  return next;
}

/** The pictures of one view in columns, outside React. Nothing here is ever an object per picture. */
export class Roll {
  readonly ids: string[] = [];
  readonly models: string[] = [];
  aspects: Float32Array = new Float32Array(0);
  private colours: Uint32Array = new Uint32Array(0);
  private times: Float64Array = new Float64Array(0);
  private frames: Uint32Array = new Uint32Array(0);
  private made: Uint16Array = new Uint16Array(0);
  private states: Uint8Array = new Uint8Array(0);
  private picks: Int8Array = new Int8Array(0);
  private ratings: Uint8Array = new Uint8Array(0);
  private readonly places = new Map<string, number>();

  get count(): number {
    return this.ids.length;
  }

  /** Adds a page, leaving out what is here already: a page may overlap with what arrived meanwhile. */
  append(page: ColumnsRead): void {
    this.write(page, [...page.ids.keys()].filter((place) => !this.places.has(page.ids[place] ?? '')), this.count);
  }

  /** Puts pictures that are newer before all others. Returns how many. */
  prepend(page: ColumnsRead): number {
    const fresh = [...page.ids.keys()].filter((place) => !this.places.has(page.ids[place] ?? ''));
    if (fresh.length === 0) return 0;
    const many = fresh.length;
    const before = this.count;
    this.reserve(before + many);
    for (const column of this.columns()) column.copyWithin(many, 0, before);
    this.ids.unshift(...fresh.map((place) => page.ids[place] ?? ''));
    this.write(page, fresh, 0, true);
    for (const [place, id] of this.ids.entries()) this.places.set(id, place);
    return many;
  }

  /** Takes pictures out: thrown away, restored, or off a board. The others close up. */
  takeOut(ids: ReadonlySet<string>): void {
    const columns = this.columns();
    let at = 0;
    for (let place = 0; place < this.count; place += 1) {
      const id = this.id(place);
      if (ids.has(id)) {
        this.places.delete(id);
        continue;
      }
      for (const column of columns) column[at] = column[place] ?? 0;
      this.ids[at] = id;
      this.places.set(id, at);
      at += 1;
    }
    this.ids.length = at;
  }

  /** What is thought of a picture now. */
  judge(id: string, { pick, rating }: { pick?: PickWord; rating?: number }): void {
    const place = this.places.get(id);
    if (place === undefined) return;
    if (pick !== undefined) this.picks[place] = PICKS.indexOf(pick) - 1;
    if (rating !== undefined) this.ratings[place] = rating;
  }

  pick(index: number): PickWord {
    return PICKS[(this.picks[index] ?? 0) + 1] ?? 'none';
  }

  /** From 1 to 5; 0 is unrated. */
  rating(index: number): number {
    return this.ratings[index] ?? 0;
  }

  indexOf(id: string): number {
    return this.places.get(id) ?? -1;
  }

  id(index: number): string {
    return this.ids[index] ?? '';
  }

  colour(index: number): string | null {
    const value = this.colours[index] ?? NO_COLOUR;
    return value === NO_COLOUR ? null : `#${value.toString(16).padStart(6, '0')}`;
  }

  /** Milliseconds since 1970. */
  time(index: number): number {
    return (this.times[index] ?? 0) * 1000;
  }

  frame(index: number): number | null {
    return this.frames[index] || null;
  }

  model(index: number): string | null {
    return this.models[this.made[index] ?? NO_MODEL] ?? null;
  }

  preview(index: number): Preview {
    return STATES[this.states[index] ?? 0] ?? 'pending';
  }

  private columns() {
    return [this.aspects, this.colours, this.times, this.frames, this.made, this.states, this.picks, this.ratings];
  }

  private reserve(length: number): void {
    this.aspects = grown(this.aspects, length);
    this.colours = grown(this.colours, length);
    this.times = grown(this.times, length);
    this.frames = grown(this.frames, length);
    this.made = grown(this.made, length);
    this.states = grown(this.states, length);
    this.picks = grown(this.picks, length);
    this.ratings = grown(this.ratings, length);
  }

  private write(page: ColumnsRead, places: readonly number[], start: number, isNamed = false): void {
    this.reserve(start + places.length);
    const models = page.models.map((name) => this.modelPlace(name));
    let at = start;
    for (const place of places) {
      const colour = page.colours[place];
      const made = page.made_with[place];
      this.aspects[at] = aspectOf(page.widths[place] ?? 1, page.heights[place] ?? 1);
      this.colours[at] = colour ? Number.parseInt(colour.slice(1), 16) : NO_COLOUR;
      this.times[at] = page.created[place] ?? 0;
      this.frames[at] = page.frames[place] ?? 0;
      this.made[at] = typeof made === 'number' ? (models[made] ?? NO_MODEL) : NO_MODEL;
      this.states[at] = Math.max(STATES.indexOf(page.previews[place] as Preview), 0);
      this.picks[at] = page.picks[place] ?? 0;
      this.ratings[at] = page.ratings[place] ?? 0;
      if (!isNamed) {
        const id = page.ids[place] ?? '';
        this.ids.push(id);
        this.places.set(id, at);
      }
      at += 1;
    }
  }

  private modelPlace(name: string): number {
    const known = this.models.indexOf(name);
    return known >= 0 ? known : this.models.push(name) - 1;
  }
}

/** Months that the roll spans, in its order: where each begins. */
export function monthsOf(roll: Roll): { index: number; time: number }[] {
  const months: { index: number; time: number }[] = [];
  let [from, to] = [0, 0];
  for (let index = 0; index < roll.count; index += 1) {
    const time = roll.time(index);
    // A date is made for a month, not for a picture.
    if (time >= from && time < to) continue;
    const date = new Date(time);
    from = new Date(date.getFullYear(), date.getMonth()).getTime();
    to = new Date(date.getFullYear(), date.getMonth() + 1).getTime();
    months.push({ index, time });
  }
  return months;
}
