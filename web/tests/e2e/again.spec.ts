import type { Page } from '@playwright/test';

import { expect, test } from './studio';
import { choose, generate, write } from './writing';

const more = (page: Page) => page.getByText('More', { exact: true }).click();
const idOf = (page: Page) => new URL(page.url()).pathname.split('/').at(-1);

test('a pilot asks before the rest is made, what waits is put in order, and it goes on', async ({ page, request, axe, shot }) => {
  await page.goto('/create');
  await write(page, 'a heron\na stork\na crane');
  await more(page);
  await page.getByLabel('First only, then ask').fill('1');
  await expect(generate(page)).toHaveText('Generate 3 pictures');
  await axe();
  await shot('create-run-options');
  await generate(page).click();
  await expect(page.getByText('The pilot of 1 has finished.')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('2 more wait for your word.')).toBeVisible();
  await axe();
  await shot('batch-pilot');
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Edit what waits' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit what waits' });
  await dialog.getByRole('button', { name: 'Reorder' }).click();
  await dialog.getByLabel('Rows').fill('3');
  await expect(dialog.getByText('1 moved')).toBeVisible();
  await axe();
  await shot('batch-reorder');
  await dialog.getByRole('button', { name: 'Change 1' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Continue with 2' }).click();
  await expect.poll(async () => (await (await request.get(`/api/batches/${idOf(page)}`)).json()).counts.done, { timeout: 20_000 }).toBe(3);
});

test('a recipe is kept, opened, changed and run', async ({ page, request, axe, shot }) => {
  await page.goto('/create');
  await write(page, 'a {red|red} heron');
  await page.getByRole('button', { name: 'Recipes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Recipes' });
  await dialog.getByLabel('Keep what is on the page as').fill('Herons');
  await dialog.getByRole('button', { name: 'Save as recipe' }).click();
  await expect(page.getByText('Herons is saved, version 1')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Use as preset: only the settings' })).toBeVisible();
  await dialog.getByText('Run it regularly').click();
  await dialog.getByLabel('Cron line').fill('0 3 1 1 *');
  await dialog.getByRole('button', { name: 'Add schedule' }).click();
  await expect(dialog.getByText(/^Next: /)).toBeVisible();
  await axe();
  await shot('create-recipes');
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(dialog.getByText(/^Next: /)).toBeHidden();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Close the recipe' }).click();
  await write(page, 'a stork');
  await page.getByRole('button', { name: 'Recipes' }).click();
  await dialog.getByRole('button', { name: 'Open Herons' }).click();
  await expect(page.locator('.cm-content')).toContainText('a {red|red} heron');
  await expect(page.getByText('Runs the recipe Herons, version 1')).toBeVisible();
  await page.getByLabel('Pictures each').fill('2');
  await expect(generate(page)).toHaveText('Generate 2 pictures');
  await generate(page).click();
  await expect(page).toHaveURL(/\/batches\/[^/]+/);
  const batch = await (await request.get(`/api/batches/${idOf(page)}`)).json();
  expect([batch.origin.recipe, batch.origin.version, batch.counts.total]).toEqual(['Herons', 1, 2]);
});

test('what was submitted is found by its words and taken up again', async ({ page, request, axe, shot }) => {
  const plan = { models: ['illustrator/scene-1'], sizes: ['1024x768'], count: 2 };
  await request.post('/api/batches', { data: { prompts: ['a zebra in the snow', 'a yak'], plan } });
  await page.goto('/create');
  await write(page, 'a heron');
  await page.getByRole('button', { name: 'History' }).click();
  const dialog = page.getByRole('dialog', { name: 'What was submitted before' });
  await dialog.getByLabel('Words in prompts or names').fill('nowhere at all');
  await expect(dialog.getByText('Nothing holds these words.')).toBeVisible();
  await dialog.getByLabel('Words in prompts or names').fill('ZEBRA yak');
  await expect(dialog.getByText('a zebra in the snow').first()).toBeVisible();
  await axe();
  await shot('create-history');
  await dialog.getByRole('button', { name: 'Use again: a zebra in the snow' }).click();
  await expect(page.locator('.cm-line')).toHaveText(['a zebra in the snow', 'a yak']);
  await expect(page.getByLabel('Pictures each')).toHaveValue('2');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.cm-line')).toHaveText(['a heron']);
});

test('the tightest budget stands beside the cost', async ({ page, request, axe, shot }) => {
  const cap = await (await request.post('/api/budgets', { data: { kind: 'team', amount: '0.10' } })).json();
  try {
    await page.goto('/create');
    await write(page, 'a heron');
    await expect(page.getByText('$0.10 left', { exact: true })).toBeVisible();
    await choose(page, 'GPT Image 2');
    await page.getByLabel('Pictures each').fill('3');
    await expect(page.getByText('$0.10 left: what would pass it waits')).toBeVisible();
    await axe();
    await shot('create-budget');
  } finally {
    await request.delete(`/api/budgets/${cap.id}`);
  }
});

test('pictures are dragged, added and taken away as references, and it is said who takes none', async ({ page, request, axe, shot }) => {
  const openai = { provider: 'openai', key: 'sk-references-0001', base_url: process.env.STUDIO_OPENAI };
  expect((await request.post('/api/keys', { data: openai })).status()).toBe(201);
  const made = await (await request.post('/api/batches', { data: { prompts: ['a lighthouse'], plan: { models: ['illustrator/scene-1'], sizes: ['512x512'] } } })).json();
  const newest = async () => (await (await request.get('/api/assets?limit=1')).json()).items[0];
  await expect.poll(async () => (await (await request.get(`/api/batches/${made.id}`)).json()).state, { timeout: 20_000 }).toBe('finished');
  await expect.poll(async () => (await newest()).previews, { timeout: 20_000 }).toBe('done');
  const { id } = await newest();
  await page.goto('/create');
  await write(page, 'the same at night');
  await page.getByRole('button', { name: 'From the library' }).click();
  await page.getByRole('list', { name: 'The newest pictures' }).getByRole('button').first().dragTo(page.locator('.cm-content'));
  await expect(page.getByRole('img', { name: 'Reference 1' })).toBeVisible();
  await expect(page.locator('.cm-line')).toHaveText(['the same at night']);
  await expect(page.getByText('Illustrator cannot take pictures')).toBeVisible();
  await expect(generate(page)).toBeDisabled();
  await axe();
  await shot('create-references');
  const file = await (await request.get(`/api/assets/${id}/file`)).body();
  await page.getByLabel('Add a picture').setInputFiles({ name: 'lighthouse.png', mimeType: 'image/png', buffer: file });
  await expect(page.getByRole('img', { name: 'Reference 2' })).toBeVisible();
  await page.getByRole('button', { name: 'Remove reference 2' }).click();
  await choose(page, 'GPT Image 2');
  await page.getByRole('button', { name: 'Remove Illustrator' }).click();
  await expect(generate(page)).toHaveText('Generate 1 picture');
  await expect(generate(page)).toBeEnabled();
  await generate(page).click();
  await expect(page).toHaveURL(/\/batches\/[^/]+/);
  const [item] = (await (await request.get(`/api/batches/${idOf(page)}/items`)).json()).items;
  expect(item.fields.references).toHaveLength(1);
  await page.goto(`/create?reference=${id}`);
  await expect(page.getByRole('img', { name: 'Reference 2' }).or(page.getByRole('img', { name: 'Reference 1' })).first()).toBeVisible();
  await expect(page).toHaveURL(/\/create$/);
});

test('a wildcard file is written, tried, completed in the editor and counted', async ({ page, request, axe, shot }) => {
  await page.goto('/create');
  await write(page, 'a heron');
  await page.getByRole('button', { name: 'Wildcards' }).click();
  const dialog = page.getByRole('dialog', { name: 'Wildcards' });
  await dialog.getByRole('button', { name: 'New file' }).click();
  await dialog.getByLabel('Name').fill('birds/water');
  await dialog.getByLabel('Content').fill('heron\nstork\n2::crane\n');
  await axe();
  await shot('create-wildcard-file');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('3 values')).toBeVisible();
  await dialog.getByRole('button', { name: 'Try birds/water' }).click();
  await expect(dialog.getByText(/^(heron|stork|crane)$/).first()).toBeVisible();
  await axe();
  await shot('create-wildcards');
  await page.keyboard.press('Escape');
  await write(page, 'a ');
  await page.keyboard.type('__bi');
  const option = page.locator('.cm-tooltip-autocomplete').getByText('__birds/water__');
  await expect(option).toBeVisible();
  await axe();
  await shot('create-completion');
  await option.click();
  await expect(page.locator('.cm-line')).toHaveText(['a __birds/water__']);
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Choices in prompts' }).click();
  await page.getByRole('option', { name: 'Make every combination' }).click();
  await expect(generate(page)).toHaveText('Generate 3 pictures');
  const [file] = await (await request.get('/api/wildcards')).json();
  await request.delete(`/api/wildcards/${file.id}`);
});
