import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { expect, OwnStudio, test } from './own-studio';
import { expectNoOverflow } from './studio';

async function openTaking(page: Page, studio: OwnStudio, words: { more: string; take: RegExp }) {
  const id = await studio.submit(['a paper boat', 'a paper moon'], { models: ['illustrator/scene-1'], sizes: ['256x192'], qualities: [] });
  await expect.poll(async () => (await studio.call<{ finished_at: string | null }>('GET', `/api/batches/${id}`)).finished_at, { timeout: 30_000 }).not.toBeNull();
  await page.goto(`/batches/${id}`);
  await page.getByRole('main').getByRole('button', { name: words.more, exact: true }).click();
  await page.getByRole('menuitem', { name: words.take }).click();
  return page.getByRole('dialog');
}

test('pictures are taken away in another format, and the manifest says so', async ({ page, studio, axe, shot }) => {
  const dialog = await openTaking(page, studio, { more: 'More', take: /^Take 2 pictures away/ });
  const names = dialog.getByRole('region').getByRole('listitem');
  await expect(names.first()).toHaveText(/\.png$/);
  await dialog.getByRole('radio', { name: 'JPEG' }).check();
  await expect(names.first()).toHaveText(/\.jpg$/);
  await dialog.getByLabel('Quality').fill('101');
  await expect(dialog.getByRole('alert')).toContainText('from 1 to 100');
  await expect(dialog.getByRole('button', { name: 'Download 2 pictures' })).toBeDisabled();
  await dialog.getByLabel('Quality').fill('80');
  await dialog.getByLabel('Longer side at most').fill('128');
  await axe();
  await shot('converting-light');
  const [saved] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download 2 pictures' }).click()]);
  const content = readFileSync(await saved.path(), 'latin1');
  expect(content.match(/png 256x192,jpeg 128x96 quality 80,/g)).toHaveLength(2);
  expect(content).toContain('.jpg');
});

test('WebP without loss has no quality', async ({ page, studio }) => {
  const dialog = await openTaking(page, studio, { more: 'More', take: /^Take 2 pictures away/ });
  await dialog.getByRole('radio', { name: 'WebP' }).check();
  await expect(dialog.getByLabel('Quality')).toBeVisible();
  await dialog.getByLabel('Without loss').check();
  await expect(dialog.getByLabel('Quality')).toBeHidden();
  const [saved] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download 2 pictures' }).click()]);
  expect(readFileSync(await saved.path(), 'latin1')).toContain('webp 256x192 lossless');
});

for (const [name, colorScheme, locale, width, more, take] of [
  ['dark-en', 'dark', 'en-US', 1440, 'More', /^Take 2/],
  ['light-zh-phone', 'light', 'zh-TW', 375, '更多', /2 張/],
  ['dark-ja-phone', 'dark', 'ja-JP', 375, 'その他', /2 枚/],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('the formats look right', async ({ page, studio, axe, shot }) => {
      const dialog = await openTaking(page, studio, { more, take });
      await dialog.getByRole('radio', { name: 'JPEG' }).check();
      await expectNoOverflow(page);
      await axe();
      await shot(`converting-${name}`);
    });
  });
}
