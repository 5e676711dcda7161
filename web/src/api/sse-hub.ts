/** What a listener hears of one stream. `live` and `lost` tell of the connection, the rest of what the server said. */
export type Heard =
  | { kind: 'snapshot' | 'delta' | 'end'; data: string }
  | { kind: 'live' }
  | { kind: 'lost' };

export type Listener = (heard: Heard) => void;

/** The part of EventSource that is needed here. */
export interface Source {
  readonly readyState: number;
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

interface Stream {
  source: Source | null;
  listeners: Set<Listener>;
  /** The last thing that was told as a whole, for whoever comes later. */
  last: string | null;
  failures: number;
  again: ReturnType<typeof setTimeout> | undefined;
}

const CLOSED = 2;
const FIRST_WAIT_MILLISECONDS = 1_000;
const LONGEST_WAIT_MILLISECONDS = 8_000;

/** One connection for each address, however many listen. It comes back by itself, and ends with the last listener. */
export class Hub {
  readonly #streams = new Map<string, Stream>();

  constructor(readonly open: (url: string) => Source) {}

  /** Listens; what is returned stops it. */
  follow(url: string, listener: Listener): () => void {
    const stream = this.#streams.get(url) ?? this.#begin(url);
    stream.listeners.add(listener);
    if (stream.last !== null) listener({ kind: 'snapshot', data: stream.last });
    return () => this.#leave(url, stream, listener);
  }

  get size(): number {
    return this.#streams.size;
  }

  #begin(url: string): Stream {
    const stream: Stream = { source: null, listeners: new Set(), last: null, failures: 0, again: undefined };
    this.#streams.set(url, stream);
    this.#connect(url, stream);
    return stream;
  }

  #leave(url: string, stream: Stream, listener: Listener): void {
    stream.listeners.delete(listener);
    if (stream.listeners.size === 0) this.#close(url, stream);
  }

  #close(url: string, stream: Stream): void {
    clearTimeout(stream.again);
    stream.source?.close();
    if (this.#streams.get(url) === stream) this.#streams.delete(url);
  }

  #connect(url: string, stream: Stream): void {
    const source = this.open(url);
    stream.source = source;
    source.addEventListener('open', () => {
      stream.failures = 0;
      tell(stream, { kind: 'live' });
    });
    source.addEventListener('error', () => {
      tell(stream, { kind: 'lost' });
      // A browser comes back by itself after a lost connection, but not after an answer that was a refusal.
      if (source.readyState === CLOSED) this.#comeBack(url, stream);
    });
    for (const kind of ['snapshot', 'delta', 'end'] as const) {
      source.addEventListener(kind, ({ data }) => {
        if (kind !== 'end') stream.last = data;
        tell(stream, { kind, data });
        if (kind === 'end') this.#close(url, stream);
      });
    }
  }

  #comeBack(url: string, stream: Stream): void {
    const wait = Math.min(FIRST_WAIT_MILLISECONDS * 2 ** stream.failures, LONGEST_WAIT_MILLISECONDS);
    stream.failures += 1;
    clearTimeout(stream.again);
    stream.again = setTimeout(() => this.#connect(url, stream), wait);
  }
}

function tell(stream: Stream, heard: Heard): void {
  for (const listener of stream.listeners) listener(heard);
}
