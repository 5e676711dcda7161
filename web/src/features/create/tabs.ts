/**
 * One draft, written in several tabs.
 *
 * All tabs write in one place of the browser's storage and hear of each other by its `storage` event, so that what is
 * written in one stands in all. With the words lies a clock: how often each tab has changed them. By it a tab knows
 * whether what it hears was written with its own words in sight. If so it takes it over. If not, as when two write in
 * the same moment or a tab slept, the one that notices goes on in a place of its own, and nothing is lost: every tab
 * says that there is something else, until a person decides, and that can be undone. A place of one's own outlives a
 * reload, for the tab remembers which it is, and also the tab: then the others still offer its words.
 */
export type Clock = Readonly<Record<string, number>>;

interface Held<Words> {
  words: Words;
  clock: Clock;
}

/** What another tab has written, where that is something else. */
export interface Other<Words> extends Held<Words> {
  place: string;
}

export interface TabWishes<Words> {
  place: string;
  /** What stands for all that is not kept. */
  empty: Words;
  /** What all tabs share. A function, for a browser may refuse it. */
  shared: () => Storage;
  /** What this tab has for itself, and keeps when it is loaded again. */
  own: () => Storage;
  onWords: (words: Words) => void;
  onOthers: (others: readonly Other<Words>[]) => void;
}

/** So many tabs are remembered by a clock. Whoever is forgotten is asked once too often, and loses nothing. */
const TABS_MOST = 64;

/** Whether the later one has seen all that the earlier one has. */
export function covers(later: Clock, earlier: Clock): boolean {
  return Object.entries(earlier).every(([tab, count]) => (later[tab] ?? 0) >= count);
}

export function merged(...clocks: readonly Clock[]): Clock {
  const all: Record<string, number> = {};
  for (const clock of clocks) for (const [tab, count] of Object.entries(clock)) all[tab] = Math.max(all[tab] ?? 0, count);
  return all;
}

export function ticked(clock: Clock, tab: string): Clock {
  const { [tab]: count = 0, ...others } = clock;
  return Object.fromEntries([...Object.entries(others).slice(1 - TABS_MOST), [tab, count + 1]]);
}

export function areSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export class Tab<Words extends object> {
  words: Words;
  #clock: Clock = {};
  #place: string;
  /** As it was last read or written: what lies there unchanged need not be read again. */
  #raw: string | null = null;
  readonly #wishes: TabWishes<Words>;
  readonly #id = randomName();

  constructor(wishes: TabWishes<Words>) {
    this.#wishes = wishes;
    this.words = wishes.empty;
    this.#place = attempt(() => wishes.own().getItem(wishes.place)) ?? wishes.place;
    const held = this.#read(this.#place) ?? this.#read((this.#place = wishes.place));
    // Nobody is told: whoever makes this asks for its words.
    if (held) this.#hold(held);
  }

  /** Keeps what this tab shows now. */
  write(words: Words): void {
    const isCurrent = this.#isCurrent(words);
    this.words = words;
    this.#clock = ticked(this.#clock, this.#id);
    if (!isCurrent) this.#goApart();
    this.#keep();
    if (!isCurrent) this.tell();
  }

  /** Something changed in the storage. */
  hear(key: string | null): void {
    if (key !== null && !key.startsWith(this.#wishes.place)) return;
    this.#catchUp();
    this.tell();
  }

  /** Says what else is written. */
  tell(): void {
    const others = this.#others();
    const isDouble = ({ words }: Other<Words>) => areSame(words, this.words);
    // What all share needs no place beside it. Whoever wrote there goes on where all do.
    if (this.#place === this.#wishes.place) for (const { place } of others.filter(isDouble)) this.#remove(place);
    this.#wishes.onOthers(others.filter((other) => !isDouble(other)));
  }

  /** One of both is from now on what all tabs have. What is returned takes that back. */
  settle(shown: Other<Words>, choice: 'take' | 'keep'): () => void {
    const mine = { words: this.words, clock: this.#clock };
    // What came since it was shown is meant too. What nobody here has seen is not: its tab goes apart with it.
    const other = { ...shown, ...this.#read(shown.place) };
    const losing = choice === 'take' ? mine : other;
    const apart = [this.#place, other.place].filter((place) => place !== this.#wishes.place);
    this.#clock = ticked(merged(mine.clock, other.clock), this.#id);
    this.#moveTo(this.#wishes.place);
    this.#show(choice === 'take' ? other.words : mine.words);
    this.#keep();
    for (const place of apart) this.#remove(place);
    this.tell();
    return () => this.#bringBack(losing, choice === 'take');
  }

  #bringBack({ words, clock }: Held<Words>, isMine: boolean): void {
    const place = this.#newPlace();
    attempt(() => this.#wishes.shared().setItem(place, JSON.stringify({ ...words, clock })));
    if (isMine) {
      this.#moveTo(place);
      this.#clock = clock;
      this.#show(words);
    }
    this.tell();
  }

  /** Whether nobody wrote where this tab writes without its having heard of it. */
  #isCurrent(words: Words): boolean {
    const raw = this.#rawAt(this.#place);
    if (raw === this.#raw) return true;
    const held = this.#read(this.#place);
    // Where nothing lies, what all share was cleared, but what is one's own was settled by another tab.
    if (!held) return this.#place === this.#wishes.place;
    if (areSame(held.words, words)) this.#clock = merged(this.#clock, held.clock);
    return covers(this.#clock, held.clock);
  }

  #catchUp(): void {
    const held = this.#read(this.#place);
    if (!held && this.#place === this.#wishes.place) return;
    if (!held) {
      this.#moveTo(this.#wishes.place);
      this.#catchUp();
      return;
    }
    if (areSame(held.words, this.words)) this.#clock = merged(this.#clock, held.clock);
    else if (covers(this.#clock, held.clock)) return;
    else if (covers(held.clock, this.#clock)) {
      this.#hold(held);
      this.#wishes.onWords(held.words);
    }
    else {
      this.#goApart();
      this.#keep();
    }
  }

  #others(): Other<Words>[] {
    // What all share is first, so that one of two that are settled is always that.
    const places = [this.#wishes.place, ...this.#places().sort()].filter((place) => place !== this.#place);
    const others: Other<Words>[] = [];
    for (const place of places) {
      const held = this.#read(place);
      if (held) others.push({ place, ...held });
    }
    return others;
  }

  #places(): string[] {
    const begin = `${this.#wishes.place}.`;
    return attempt(() => Object.keys(this.#wishes.shared()).filter((key) => key.startsWith(begin))) ?? [];
  }

  #hold({ words, clock }: Held<Words>): void {
    this.#clock = merged(this.#clock, clock);
    this.#raw = this.#rawAt(this.#place);
    this.words = words;
  }

  #show(words: Words): void {
    this.words = words;
    this.#wishes.onWords(words);
  }

  #goApart(): void {
    this.#moveTo(this.#newPlace());
  }

  #newPlace(): string {
    return `${this.#wishes.place}.${randomName()}`;
  }

  #moveTo(place: string): void {
    this.#place = place;
    this.#raw = null;
    attempt(() => (place === this.#wishes.place ? this.#wishes.own().removeItem(place) : this.#wishes.own().setItem(this.#wishes.place, place)));
  }

  #keep(): void {
    this.#raw = JSON.stringify({ ...this.words, clock: this.#clock });
    const raw = this.#raw;
    // A browser that keeps nothing: the words hold until the page is closed.
    attempt(() => this.#wishes.shared().setItem(this.#place, raw));
  }

  #remove(place: string): void {
    attempt(() => this.#wishes.shared().removeItem(place));
  }

  #rawAt(place: string): string | null {
    return attempt(() => this.#wishes.shared().getItem(place));
  }

  #read(place: string): Held<Words> | null {
    const raw = this.#rawAt(place);
    if (raw === null) return null;
    return attempt(() => {
      const { clock = {}, ...words } = JSON.parse(raw) as Words & { clock?: Clock };
      return { words: { ...this.#wishes.empty, ...words }, clock };
    });
  }
}

function attempt<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** Not `randomUUID`, which is missing on pages that come over plain HTTP from another machine. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
