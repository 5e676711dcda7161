import { STATES, type ItemState } from './model';

/** What the server says of many items at once: the same place in each list is the same item. */
export interface Columns {
  positions: readonly number[];
  ids: readonly string[];
  states: readonly string[];
  assets: readonly (string | null)[];
  previews: readonly (string | null)[];
}

export interface Change {
  id: string;
  position: number;
  state: string;
  asset_id: string | null;
}

export type Preview = 'none' | 'pending' | 'done' | 'damaged';
const PREVIEWS: readonly Preview[] = ['none', 'pending', 'done', 'damaged'];
const UNKNOWN = 255;

const codeOf = new Map<string, number>(STATES.map((state, code) => [state, code]));

/** Every item of a batch outside React: its state, its picture and whether that can be shown. The place is the position. */
export class Cells {
  #states = new Uint8Array(0);
  #previews = new Uint8Array(0);
  #ids: string[] = [];
  #assets: (string | null)[] = [];
  readonly #places = new Map<string, number>();
  size = 0;

  state(place: number): ItemState {
    return STATES[this.#states[place] ?? UNKNOWN] ?? 'pending';
  }

  id(place: number): string | undefined {
    return this.#ids[place];
  }

  asset(place: number): string | null {
    return this.#assets[place] ?? null;
  }

  preview(place: number): Preview {
    return PREVIEWS[this.#previews[place] ?? 0] ?? 'none';
  }

  /** A page from the server stands over what was known. */
  load(columns: Columns): void {
    for (const [row, place] of columns.positions.entries()) {
      this.#grow(place + 1);
      this.#ids[place] = columns.ids[row] ?? '';
      this.#states[place] = codeOf.get(columns.states[row] ?? '') ?? UNKNOWN;
      this.#setAsset(place, columns.assets[row] ?? null);
      this.#previews[place] = previewCode(columns.previews[row] ?? null);
    }
  }

  /** What the stream tells of items. */
  change(changes: readonly Change[]): void {
    for (const { id, position, state, asset_id } of changes) {
      this.#grow(position + 1);
      this.#ids[position] = id;
      this.#states[position] = codeOf.get(state) ?? UNKNOWN;
      if (asset_id !== this.#assets[position]) {
        this.#setAsset(position, asset_id);
        this.#previews[position] = asset_id === null ? 0 : 1;
      }
    }
  }

  /** Previews of pictures that can be shown now. */
  show(assets: readonly string[]): void {
    for (const asset of assets) {
      const place = this.#places.get(asset);
      if (place !== undefined) this.#previews[place] = 2;
    }
  }

  count(): Record<ItemState, number> {
    const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<ItemState, number>;
    for (let place = 0; place < this.size; place += 1) counts[this.state(place)] += 1;
    return counts;
  }

  /** Whether some picture has no preview yet. */
  get isDeveloping(): boolean {
    return this.#previews.subarray(0, this.size).includes(1);
  }

  /** The places of items in a state; all of them without one. */
  places(state: ItemState | undefined): Uint32Array {
    const found = new Uint32Array(this.size);
    const code = state === undefined ? undefined : codeOf.get(state);
    let length = 0;
    for (let place = 0; place < this.size; place += 1) {
      if (code !== undefined && this.#states[place] !== code) continue;
      found[length] = place;
      length += 1;
    }
    return found.subarray(0, length);
  }

  #setAsset(place: number, asset: string | null): void {
    this.#assets[place] = asset;
    if (asset !== null) this.#places.set(asset, place);
  }

  #grow(size: number): void {
    if (size > this.#states.length) {
      const room = Math.max(size, 2 * this.#states.length, 64);
      this.#states = enlarged(this.#states, room, UNKNOWN);
      this.#previews = enlarged(this.#previews, room, 0);
    }
    this.size = Math.max(this.size, size);
  }
}

function enlarged(old: Uint8Array, room: number, fill: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(room).fill(fill);
  next.set(old);
  return next;
}

function previewCode(preview: string | null): number {
  if (preview === null) return 0;
  if (preview === 'done') return 2;
  return preview === 'pending' ? 1 : 3;
}
