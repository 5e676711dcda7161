import type { Page } from '@playwright/test';

import { expect, test } from './studio';
import { OwnStudio } from './studio-server';

/** The walk of docs/guides/tour.md. `python -m tools.tour` keeps its pictures there. */
const WALKS = {
  'en-US': {
    name: 'Mei',
    subjects: ['a red fox in the snow', 'a harbour at dawn', 'a lighthouse in fog', 'two cats by a window', 'a teapot in the mountains', 'a night market with lanterns'],
  },
  'zh-TW': {
    name: '小梅',
    subjects: ['雪地裡的紅狐狸', '黎明的港口', '霧中的燈塔', '窗邊的兩隻貓', '山間的茶壺', '掛滿燈籠的夜市'],
  },
};
const SIZES = ['512x384', '384x512', '512x288', '448x448'];

for (const [locale, walk] of Object.entries(WALKS)) {
  test.describe(locale, () => {
    const studio = new OwnStudio();
    test.use({ locale, extraHTTPHeaders: {}, viewport: { width: 1280, height: 800 } });
    test.describe.configure({ timeout: 180_000 });
    test.beforeAll(async () => studio.start());
    test.afterAll(async () => studio.end());

    test('from the first start to the pictures', async ({ page, shot }) => {
      const keep = (step: string) => shot(`tour-${step}.${locale}`);
      await page.goto(await studio.setupLink());
      await page.locator('input[autocomplete="name"]').fill(walk.name);
      await page.locator('input[type="email"]').fill('mei@example.com');
      await page.locator('input[type="password"]').fill('plum lantern over quiet harbour');
      await keep('setup');
      await page.locator('button[type="submit"]').click();

      await expect(page).toHaveURL(/\/create$/);
      const generate = page.locator('button:has(svg.lucide-images)');
      await expect(generate).toBeEnabled();
      await keep('create');
      await generate.click();

      await expect(page).toHaveURL(/\/batches\/[^/]+/);
      await seen(page, 6);
      await keep('batch');

      await studio.addKey({ requests_per_minute: 60 });
      const prompts = Array.from({ length: 4 }, (_, round) => walk.subjects.map((subject) => `${subject} ${round + 1}`)).flat();
      for (const size of SIZES) {
        // One after the other, so that the library shows them mixed.
        // oxlint-disable-next-line no-await-in-loop
        await studio.submit(prompts.filter((_, place) => place % SIZES.length === SIZES.indexOf(size)), { models: ['illustrator/scene-1'], sizes: [size], qualities: [] }, { name: walk.subjects[0] });
      }
      await expect.poll(() => waiting(studio), { timeout: 90_000 }).toBe(0);
      await page.goto(studio.url + '/library');
      await seen(page, 12);
      await keep('library');

      const frames = page.getByRole('option');
      await frames.nth(2).click();
      await expect(page).toHaveURL(/\/library\/i\//);
      await seen(page, 1, 'img[src$="/file"]');
      await keep('viewer');
      await expect(async () => {
        await page.keyboard.press('Escape');
        await expect(page).toHaveURL(/\/library$/, { timeout: 1_000 });
      }).toPass();

      await frames.nth(0).click({ modifiers: ['ControlOrMeta'] });
      await frames.nth(1).click({ modifiers: ['ControlOrMeta'] });
      await page.keyboard.press('c');
      await expect(page).toHaveURL(/\/library\/compare/);
      await seen(page, 2, 'img[src$="/file"]');
      await keep('compare');

      await page.goto(studio.url + '/models');
      await page.getByText('illustrator/scene-1').first().waitFor();
      await keep('models');

      await page.setViewportSize({ width: 390, height: 780 });
      await page.goto(studio.url + '/library');
      await seen(page, 3);
      await keep('phone');
    });
  });
}

async function waiting(studio: OwnStudio): Promise<number> {
  const { items } = await studio.call<{ items: { finished_at: string | null }[] }>('GET', '/api/batches');
  return items.filter((batch) => batch.finished_at === null).length;
}

/** Until so many pictures are there, and all of them are painted. */
async function seen(page: Page, least: number, which = 'main img'): Promise<void> {
  await expect
    .poll(() => page.locator(which).evaluateAll((all) => (all.every((one) => (one as HTMLImageElement).naturalWidth > 0) ? all.length : 0)), { timeout: 60_000 })
    .toBeGreaterThanOrEqual(least);
}
