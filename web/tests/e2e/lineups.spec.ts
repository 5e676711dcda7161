import type { Page } from '@playwright/test';

import { expect, OwnStudio, test } from './own-studio';
import { expectNoOverflow } from './studio';

const MODELS = ['illustrator/scene-1', 'openai/gpt-image-2'];
const PROMPTS = ['a paper boat on a pond', 'a lantern #fake:refuse', 'a fox in the snow'];

const madeBy = new WeakMap<OwnStudio, Promise<string>>();

/** A batch of two models that is over, with its previews; one for each server. */
function made(studio: OwnStudio): Promise<string> {
  const known = madeBy.get(studio) ?? make(studio);
  madeBy.set(studio, known);
  return known;
}

async function make(studio: OwnStudio): Promise<string> {
  await studio.addKey();
  const id = await studio.submit(PROMPTS, { models: MODELS, qualities: [] });
  await expect.poll(async () => (await studio.call<{ finished_at: string | null }>('GET', `/api/batches/${id}`)).finished_at, { timeout: 30_000 }).not.toBeNull();
  const previews = async () => (await studio.call<{ previews: string[] }>('GET', `/api/assets/columns?batch=${id}`)).previews;
  await expect.poll(async () => (await previews()).every((state) => state !== 'pending'), { timeout: 30_000 }).toBe(true);
  return id;
}

const column = (page: Page, model: string) => page.getByRole('figure').filter({ hasText: model });

test('lines that name their own models are compared, too', async ({ page, studio }) => {
  await made(studio);
  const id = await studio.submit(MODELS.map((model) => `a kite --model ${model}`), { models: MODELS.slice(0, 1), qualities: [] });
  await page.goto(`/batches/${id}`);
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Compare models' }).click();
  await expect(page.getByRole('figure')).toHaveCount(2);
  await expect(page.getByRole('img', { name: 'What illustrator/scene-1 made' })).toBeVisible();
});

test('one prompt stands at every model, with what it cost and how long it took', async ({ page, studio, axe, shot }) => {
  const id = await made(studio);
  await page.goto(`/batches/${id}`);
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Compare models' }).click();
  await expect(page).toHaveURL(new RegExp(`/batches/${id}/models\\?line=1`));
  await expect(page.getByRole('figure')).toHaveCount(2);
  await expect(page.getByText(PROMPTS[0] ?? '')).toBeVisible();
  await expect(page.getByRole('img', { name: 'What illustrator/scene-1 made' })).toBeVisible();
  await expect(column(page, 'illustrator/scene-1')).toContainText('Cost$0.00');
  await expect(column(page, 'openai/gpt-image-2')).toContainText(/Cost\$0\.0[1-9]/);
  await expect(column(page, 'openai/gpt-image-2')).toContainText(/Time[\d.]+ sec/);
  await expect(page.getByText('No votes yet')).toBeVisible();
  await axe();
  await shot('lineup-light');

  // A refusal of which nobody says whether it was paid.
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('2 of 3')).toBeVisible();
  await expect(column(page, 'openai/gpt-image-2')).toContainText('Refused');
  await expect(column(page, 'openai/gpt-image-2')).toContainText('Costunknown');
  await axe();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('3 of 3')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Next prompt' })).toBeDisabled();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByText('2 of 3')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(new RegExp(`/batches/${id}\\?`));
});

test('blind votes are counted for the models', async ({ page, studio, axe, shot }) => {
  const id = await made(studio);
  await page.goto(`/batches/${id}/models?line=3`);
  await page.getByRole('button', { name: 'Blind vote' }).click();
  await expect(page.getByText('openai/gpt-image-2')).toHaveCount(0);
  await page.getByRole('button', { name: 'Choose A' }).click();
  await page.getByRole('button', { name: 'End the vote' }).click();
  const table = page.getByRole('table', { name: 'Won blind votes' });
  await expect(table.getByRole('row')).toHaveText(['ModelWon', /1 of 1 · 100%$/, /0 of 1 · 0%$/]);
  await expect(page.getByText('1 vote', { exact: true })).toBeVisible();
  await page.getByRole('radio', { name: 'Project' }).check();
  await expect(table.getByRole('row')).toHaveCount(3);
  await axe();
  await shot('lineup-wins-light');
});

test('a batch that is not there is told', async ({ page, guard, axe }) => {
  guard.allow(/response 404|status of 404/);
  await page.goto('/batches/nothing/models');
  await expect(page.getByRole('alert')).toBeVisible();
  await axe();
});

for (const [name, colorScheme, locale, width] of [
  ['dark-en', 'dark', 'en-US', 1440],
  ['light-zh-phone', 'light', 'zh-TW', 375],
  ['dark-ja-phone', 'dark', 'ja-JP', 375],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('the row looks right', async ({ page, studio, axe, shot }) => {
      const id = await made(studio);
      for (const line of [1, 2]) {
        await page.goto(`/batches/${id}/models?line=${line}`);
        await page.getByRole('figure').first().waitFor();
        await page.waitForLoadState('networkidle');
        await expectNoOverflow(page);
        await axe();
        await shot(`lineup-${line}-${name}`);
      }
    });
  });
}
