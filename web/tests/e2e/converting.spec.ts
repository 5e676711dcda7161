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

async function chooseTwo(page: Page, studio: OwnStudio) {
  const id = await studio.submit(['a paper boat', 'a paper moon'], { models: ['illustrator/scene-1'], sizes: ['256x192'], qualities: [] }, { name: 'Papers' });
  await expect.poll(async () => (await studio.call<{ finished_at: string | null }>('GET', `/api/batches/${id}`)).finished_at, { timeout: 30_000 }).not.toBeNull();
  await page.goto(`/library?batch=${id}`);
  const options = page.getByRole('option');
  await expect(options).toHaveCount(2);
  await options.first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
}

test('chosen pictures are taken away by the keyboard alone, under names of their own', async ({ page, studio, axe, guard }) => {
  // While a token is being typed it is none.
  guard.allow(/400|Failed to load resource/);
  await chooseTwo(page, studio);
  const open = page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Take 2 away …' });
  await open.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Take 2 pictures away' });
  await dialog.getByLabel('Names of the files').focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('[batch]/[index] [prompt]');
  const names = dialog.getByRole('region').getByRole('listitem');
  await expect(names).toHaveText([/^Papers\/1 a paper (boat|moon)\.png$/, /^Papers\/2 a paper (boat|moon)\.png$/]);
  await dialog.getByRole('radio', { name: 'WebP' }).focus();
  await page.keyboard.press('Space');
  await expect(names.first()).toHaveText(/\.webp$/);
  await axe();
  const download = dialog.getByRole('button', { name: 'Download 2 pictures' });
  await expect(download).toBeEnabled();
  await download.focus();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(saved.suggestedFilename()).toBe('pictures.zip');
  const content = readFileSync(await saved.path(), 'latin1');
  expect(content.match(/Papers\/[12] a paper \w+\.webp,[12],done,/g)).toHaveLength(2);
  await expect(dialog).toBeHidden();
  // What was chosen stays chosen.
  await expect(page.getByText('2 selected')).toBeVisible();
  await open.click();
  await dialog.getByLabel('Names of the files').fill('[bach]');
  await expect(dialog.getByRole('alert')).toContainText('[batch]');
  await expect(download).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByText('2 selected')).toBeVisible();
});

test('the viewer takes one picture away', async ({ page, studio, axe, shot }) => {
  const batch = await studio.submit(['a paper crane'], { models: ['illustrator/scene-1'], sizes: ['256x192'], qualities: [] });
  const made = async () => (await studio.call<{ items: { id: string }[] }>('GET', `/api/assets?batch=${batch}`)).items;
  await expect.poll(async () => (await made()).length, { timeout: 30_000 }).toBe(1);
  await page.goto(`/library/i/${(await made())[0]?.id}`);
  await page.getByRole('button', { name: 'Take away …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take 1 picture away' });
  await expect(dialog.getByRole('region').getByRole('listitem')).toHaveCount(1);
  await dialog.getByLabel('Longer side at most').fill('64');
  await axe();
  await shot('taking-one');
  const [saved] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download 1 picture' }).click()]);
  expect(readFileSync(await saved.path(), 'latin1')).toContain('png 64x48 lossless');
});

for (const [name, colorScheme, locale, width, open] of [
  ['light-en', 'light', 'en-US', 1440, 'Take 2 away …'],
  ['dark-zh-phone', 'dark', 'zh-TW', 375, '取走 2 張…'],
  ['light-ja-phone', 'light', 'ja-JP', 375, '2 枚を取り出す…'],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('taking chosen pictures away looks right', async ({ page, studio, axe, shot }) => {
      await chooseTwo(page, studio);
      await expectNoOverflow(page);
      await page.getByRole('button', { name: open }).click();
      await expect(page.getByRole('dialog').getByRole('region').getByRole('listitem')).toHaveCount(2);
      await expectNoOverflow(page);
      await axe();
      await shot(`taking-${name}`);
    });
  });
}
