import { writeFileSync } from 'node:fs';

import { expect, type Page, test } from '@playwright/test';

import { found, Meter, tellWork } from './meter';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? '1');
/** What 1,500 pixels a second are at 60 frames a second: a busy machine draws fewer frames, and not heavier ones. */
const PIXELS_A_FRAME = 25;
const FRAMES = 240;
const WATCHED_MILLISECONDS = 5_000;

async function scroll(page: Page, frames: number): Promise<void> {
  await page.evaluate(
    async ([count, pixels]) => {
      const grid = document.querySelector('[data-grid]');
      if (!grid) throw new Error('There is no grid.');
      for (let frame = 0; frame < count; frame += 1) {
        grid.scrollTop += pixels;
        // Each frame by itself.
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    },
    [frames, PIXELS_A_FRAME] as const,
  );
}

test('library', async ({ page }) => {
  await page.goto('/library');
  await expect(page.getByRole('listbox')).toHaveAttribute('aria-busy', 'false', { timeout: 120_000 });
  const meter = await Meter.of(page);
  await scroll(page, FRAMES);
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.evaluate((top) => document.querySelector('[data-grid]')?.scrollTo({ top }), (round + 1) * 100_000);
    await scroll(page, FRAMES / 4);
    tellWork('scroll', await meter.during(() => scroll(page, FRAMES)), FRAMES);
  }
  found('heap', await meter.heap());
});

test('live', async ({ page, request }) => {
  for (const batch of (process.env.BENCH_BATCHES ?? '').split(',')) {
    const changed = async () => {
      const { counts } = (await (await request.get(`/api/batches/${batch}`)).json()) as { counts: { running: number; done: number } };
      return counts.running + 2 * counts.done;
    };
    await page.goto(`/batches/${batch}`);
    await expect(page.getByRole('list', { name: 'Wall' }).getByRole('button', { name: '1 waiting', exact: true })).toBeVisible();
    const meter = await Meter.of(page);
    const frames = await meter.frames();
    writeFileSync(process.env.BENCH_CHATTER ?? '', batch);
    await expect.poll(changed, { intervals: [50] }).toBeGreaterThan(0);
    const [before, begin, since] = [await changed(), await frames(), Date.now()];
    const work = await meter.during(() => new Promise((resolve) => setTimeout(resolve, WATCHED_MILLISECONDS)));
    tellWork('live', work, (await frames()) - begin);
    const seconds = (Date.now() - since) / 1_000;
    found('frames', ((await frames()) - begin) / seconds);
    found('changes', ((await changed()) - before) / seconds);
    found('live heap', await meter.heap());
  }
});

/** Milliseconds until a page has a button that makes pictures and may be pressed. */
async function usable(page: Page, url: string): Promise<{ wall: number; processor: number }> {
  await page.addInitScript(() => {
    const told = globalThis as unknown as { usable?: number };
    const look = () => {
      const isThere = [...document.querySelectorAll('button')].some((button) => !button.disabled && /^Generate [1-9]/.test(button.textContent ?? ''));
      // What has been found is on the screen with the next frame.
      if (isThere) requestAnimationFrame(() => (told.usable = performance.now()));
      else requestAnimationFrame(look);
    };
    look();
  });
  const meter = await Meter.of(page);
  await page.goto(url);
  await page.waitForFunction(() => (globalThis as unknown as { usable?: number }).usable !== undefined, undefined, { polling: 50, timeout: 60_000 });
  const wall = await page.evaluate(() => (globalThis as unknown as { usable?: number }).usable ?? Number.NaN);
  return { wall, processor: await meter.sinceBegin() };
}

test('create', async ({ browser, baseURL }) => {
  const pages = { create: `${baseURL}/create`, bare: process.env.BENCH_BARE ?? '' };
  for (const [name, url] of Object.entries(pages)) {
    // Nothing is kept from the other.
    const context = await browser.newContext({ ...(process.env.BENCH_SESSION ? { storageState: process.env.BENCH_SESSION } : {}), locale: 'en-US' });
    const { wall, processor } = await usable(await context.newPage(), url);
    found(`${name} usable`, wall);
    found(`${name} processor`, processor);
    await context.close();
  }
});
