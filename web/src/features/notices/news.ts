import type { StandingRead } from '@/api';

export type News = StandingRead['news'][number];
/** What was told already, by batch. */
export type Told = Record<string, readonly News[]>;

/** What this browser told last, to whom, and when. */
export interface Memory {
  user: string;
  at: number;
  told: Told;
}

export interface Fresh {
  batch: StandingRead;
  news: News[];
}

/** Older memories are of another visit: what came meanwhile is on the page, and is not shouted about. */
const LASTS_MILLISECONDS = 5 * 60_000;
/** The server's clock may be another. */
const SLACK_MILLISECONDS = 5 * 60_000;
const LEAST_MILLISECONDS = 15 * 60_000;

/** What has become of batches since the last look; nothing where there was none. */
export function freshIn(rows: readonly StandingRead[], memory: Memory | null, user: string, now: number): { fresh: Fresh[]; memory: Memory } {
  const next: Memory = { user, at: now, told: Object.fromEntries(rows.map(({ id, news }) => [id, news])) };
  if (memory?.user !== user || now - memory.at > LASTS_MILLISECONDS) return { fresh: [], memory: next };
  const fresh = rows
    .map((batch) => ({ batch, news: batch.news.filter((one) => !memory.told[batch.id]?.includes(one)) }))
    .filter(({ news }) => news.length > 0);
  return { fresh, memory: next };
}

/** From when on ends are asked for: what ended between two looks must be in the second. */
export function endedSince(memory: Memory | null, now: number): string {
  return new Date(Math.min(now - LEAST_MILLISECONDS, (memory?.at ?? now) - SLACK_MILLISECONDS)).toISOString();
}

/** What needs a person comes first. */
const ORDER: readonly News[] = ['pilot', 'uncertain', 'failures', 'budget', 'quota', 'parked', 'ended'];

export function inOrder(news: readonly News[]): News[] {
  return ORDER.filter((one) => news.includes(one));
}

export function readMemory(text: string | null): Memory | null {
  try {
    const read = JSON.parse(text ?? 'null') as Partial<Memory> | null;
    return typeof read?.user === 'string' && typeof read.at === 'number' && typeof read.told === 'object' ? (read as Memory) : null;
  } catch {
    return null;
  }
}
