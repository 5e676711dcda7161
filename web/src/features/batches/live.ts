import { useEffect, useMemo, useSyncExternalStore } from 'react';

import { type CountsRead, followStream, type Heard, listCells, readBatch } from '@/api';

import { type Change, Cells } from './cells';
import { isActive, type ItemState, STATES } from './model';

export interface LiveLane {
  id: string;
  provider: string;
  waiting: number;
  in_flight: number;
  reason: string | null;
  cap_id: string | null;
  resume_at: string | null;
  is_paused: boolean;
  is_parked: boolean;
}

/** A batch as the stream tells it. */
export interface LiveDocument {
  state: string;
  reason: string | null;
  counts: CountsRead;
  estimated: string | null;
  estimated_unknown: number;
  settled: string;
  settled_unknown: number;
  currency: string;
  eta_seconds: number | null;
  lanes: LiveLane[];
}

interface Delta extends LiveDocument {
  items?: Change[];
  previewed?: string[];
}

/** `lost`: the stream is away, and we ask again and again instead. `over`: nothing changes by itself any more. */
export type Phase = 'connecting' | 'live' | 'lost' | 'over';

const POLL_MILLISECONDS = 3_000;
const CHECK_MILLISECONDS = 2_000;
const OVER_POLL_MILLISECONDS = 15_000;

/** One batch as it is now, outside React, which hears of changes at most once per frame. */
export class Live {
  readonly cells = new Cells();
  document: LiveDocument | null = null;
  phase: Phase = 'connecting';
  version = 0;
  isLoaded = false;
  /** What could not be loaded, if the page has nothing to show at all. */
  error: unknown = null;

  readonly #listeners = new Set<() => void>();
  #frame = 0;
  #places: { version: number; state: ItemState | undefined; list: Uint32Array } | null = null;
  #missed: Delta[] = [];
  #loading: Promise<void> | null = null;
  #heard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | null = null;

  constructor(readonly batchId: string) {}

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  };

  /** The places of items in a state, the same list until something changes. */
  places(state: ItemState | undefined): Uint32Array {
    if (this.#places?.version !== this.version || this.#places.state !== state) {
      this.#places = { version: this.version, state, list: this.cells.places(state) };
    }
    return this.#places.list;
  }

  getVersion = (): number => this.version;

  /** Somebody changed the batch: it may run again, and items may have changed without a word. */
  refresh = (): void => {
    this.#follow();
    void this.#reload();
    void this.#ask();
  };

  #begin(): void {
    this.#follow();
    void this.#load();
    this.#watch();
  }

  #end(): void {
    this.#stop?.();
    this.#stop = null;
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #follow(): void {
    this.#stop ??= followStream(`/api/batches/${this.batchId}/events`, (heard) => this.#hear(heard));
  }

  #hear(heard: Heard): void {
    if (heard.kind === 'live') this.phase = 'live';
    else if (heard.kind === 'lost') this.phase = 'lost';
    else if (heard.kind === 'end') {
      this.phase = 'over';
      this.#stop = null;
    } else {
      this.phase = 'live';
      const delta = JSON.parse(heard.data) as Delta;
      this.#heard += 1;
      if (heard.kind === 'snapshot') {
        // It stands over every delta before it; the items that those told of are read anew.
        this.document = delta;
        this.#missed = [];
        void this.#reload();
      } else if (this.#loading) this.#missed.push(delta);
      else this.#apply(delta);
    }
    this.#tell();
  }

  #apply({ items = [], previewed = [], ...document }: Delta): void {
    this.document = document;
    this.cells.change(items);
    this.cells.show(previewed);
  }

  /** Every cell anew. What the stream tells meanwhile is kept, and stands over what was read. */
  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = null;
      for (const delta of this.#missed.splice(0)) this.#apply(delta);
      this.#tell();
    });
    return this.#loading;
  }

  /** Every cell as it is from now on: what is being read already may be older. */
  #reload(): Promise<void> {
    return this.#loading ? this.#loading.then(() => this.#load()) : this.#load();
  }

  async #read(): Promise<void> {
    let cursor: string | undefined;
    try {
      do {
        // Each page needs the cursor of the one before.
        // oxlint-disable-next-line no-await-in-loop
        const { data } = await listCells({ path: { batch_id: this.batchId }, query: { cursor }, throwOnError: true });
        this.cells.load(data);
        cursor = data.next ?? undefined;
        this.#tell();
      } while (cursor);
      this.isLoaded = true;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }

  /** The numbers, asked for: where no stream tells them. */
  async #ask(): Promise<void> {
    const heard = this.#heard;
    try {
      const { data } = await readBatch({ path: { batch_id: this.batchId }, throwOnError: true });
      // The stream told of something later meanwhile.
      if (heard !== this.#heard) return;
      const { lanes = [], eta_seconds = null } = this.document ?? {};
      this.document = { ...data, lanes, eta_seconds };
      if (isActive(data.state) && this.phase === 'over') this.refresh();
      this.#tell();
    } catch (error) {
      this.error ??= error;
    }
  }

  #watch(): void {
    const next = () => {
      this.#timer = setTimeout(() => void this.#look().then(next), this.#pace());
    };
    next();
  }

  #pace(): number {
    if (this.phase === 'over' && this.#agrees() && !this.cells.isDeveloping) return OVER_POLL_MILLISECONDS;
    return this.phase === 'live' ? CHECK_MILLISECONDS : POLL_MILLISECONDS;
  }

  /** Some things happen to items without a word in the stream: a cancelled rest, appended rows, a lost preview. */
  async #look(): Promise<void> {
    if (document.hidden) return;
    if (this.phase !== 'live') await this.#ask();
    if (!this.#agrees() || this.cells.isDeveloping) await this.#load();
  }

  /** Whether the cells add up to the batch's own counts. */
  #agrees(): boolean {
    const counts = this.document?.counts;
    if (!counts) return true;
    const seen = this.cells.count();
    return this.cells.size === counts.total && STATES.every((state) => seen[state] === counts[state]);
  }

  #tell(): void {
    // A hidden page paints no frames, and needs none.
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.version += 1;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** A batch as it is now. The component is drawn anew when something of it changes. */
export function useLive(batchId: string): { live: Live; version: number } {
  const live = useMemo(() => new Live(batchId), [batchId]);
  const version = useSyncExternalStore(live.subscribe, live.getVersion);
  useEffect(() => {
    document.addEventListener('visibilitychange', live.refresh);
    return () => document.removeEventListener('visibilitychange', live.refresh);
  }, [live]);
  return { live, version };
}
