import { appendFileSync } from 'node:fs';

import type { CDPSession, Page } from '@playwright/test';

const MILLISECONDS = 1_000;
const MEGABYTE = 1024 * 1024;

/** Hands a number to the bench that has started this. */
export function found(name: string, value: number): void {
  const line = JSON.stringify({ name, value });
  if (process.env.BENCH_FOUND) appendFileSync(process.env.BENCH_FOUND, `${line}\n`);
  else console.log(line);
}

interface Work {
  task: number;
  script: number;
  style: number;
  layout: number;
}

/** What the main thread of a page does, in its processor time: what else the machine does counts little. */
export class Meter {
  readonly #session: CDPSession;
  readonly #page: Page;

  private constructor(page: Page, session: CDPSession) {
    this.#page = page;
    this.#session = session;
  }

  static async of(page: Page): Promise<Meter> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return new Meter(page, session);
  }

  async #metrics(): Promise<Map<string, number>> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  }

  /** Milliseconds of everything that the main thread did while something was going on. */
  async during(something: () => Promise<unknown>): Promise<Work> {
    const before = await this.#metrics();
    await something();
    const after = await this.#metrics();
    const spent = (name: string) => ((after.get(name) ?? 0) - (before.get(name) ?? 0)) * MILLISECONDS;
    return { task: spent('TaskDuration'), script: spent('ScriptDuration'), style: spent('RecalcStyleDuration'), layout: spent('LayoutDuration') };
  }

  /** Milliseconds of the main thread since the page began. */
  async sinceBegin(): Promise<number> {
    return ((await this.#metrics()).get('TaskDuration') ?? 0) * MILLISECONDS;
  }

  /** Megabytes that are in use after everything that nobody holds has been thrown away. */
  async heap(): Promise<number> {
    await this.#session.send('HeapProfiler.enable');
    await this.#session.send('HeapProfiler.collectGarbage');
    return ((await this.#metrics()).get('JSHeapUsedSize') ?? 0) / MEGABYTE;
  }

  /** Counts frames until it is asked for their number. */
  async frames(): Promise<() => Promise<number>> {
    await this.#page.evaluate(() => {
      const counting = globalThis as unknown as { frames: number };
      counting.frames = 0;
      const count = () => {
        counting.frames += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    });
    return () => this.#page.evaluate(() => (globalThis as unknown as { frames: number }).frames);
  }
}

/** The parts, for whoever wants to know where the time goes. */
export function tellWork(name: string, work: Work, frames: number): void {
  for (const [part, milliseconds] of Object.entries(work)) found(`${name} ${part}`, milliseconds / frames);
}
