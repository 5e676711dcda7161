import type { Page } from '@playwright/test';

import { expect, expectNoOverflow, test } from './studio';

/** A key of this test's own, at the fake of the provider. Other tests have theirs beside it. */
async function addKey(page: Page, name: string, provider = 'OpenAI'): Promise<void> {
  await page.goto('/models?tab=keys');
  await page.getByRole('button', { name: 'Add a key', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a key' });
  await dialog.getByRole('combobox', { name: 'Provider' }).click();
  await page.getByRole('option', { name: provider, exact: true }).click();
  await dialog.getByLabel('Key', { exact: true }).fill('sk-of-the-browser-test-1234');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Address').fill(process.env.STUDIO_OPENAI ?? '');
  await dialog.getByLabel('Calls at a time').fill('3');
  await dialog.getByRole('button', { name: 'Keep the key' }).click();
  await expect(dialog).toBeHidden();
}

const card = (page: Page, name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3, name }) });

test('the catalogue says what each model can do and cost, and what is not known', async ({ page, axe, shot }) => {
  await page.goto('/models');
  await expect(page.getByRole('heading', { level: 2, name: 'Illustrator' })).toBeVisible();
  await page.getByRole('button', { name: /^GPT Image 2 /u }).click();
  await expect(page.getByRole('table', { name: 'Prices' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'developers.openai.com' }).first()).toBeVisible();
  await expect(page.getByText('Price unknown').first()).toBeVisible();
  await axe();
  await shot('models-details-light');
  await page.getByPlaceholder('Find a model').fill('sdxl');
  await expect(page).toHaveURL(/q=sdxl/);
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Replicate']);
  await page.getByRole('button', { name: 'Add a key for Replicate' }).click();
  await expect(page.getByRole('dialog').getByRole('combobox', { name: 'Provider' })).toHaveText(/Replicate/);
  await page.keyboard.press('Escape');
  await page.getByPlaceholder('Find a model').fill('no such thing');
  await page.getByRole('button', { name: 'Show all of them' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'OpenAI', exact: true })).toBeVisible();
});

test('a key is added, tested, replaced and removed', async ({ page, axe, shot, guard }) => {
  await addKey(page, 'Key of a test');
  const key = card(page, 'Key of a test');
  await expect(key.getByText('•••• 1234')).toBeVisible();
  await expect(key.getByText('Calls at a time: 3')).toBeVisible();
  await key.getByRole('button', { name: 'Test Key of a test' }).click();
  await expect(key.getByText('The key works. The test cost nothing.')).toBeVisible();
  await axe();
  await shot('models-keys-light');

  guard.allow(/response 400: PATCH .*\/api\/keys\//);
  guard.allow(/status of 400/);
  await key.getByRole('button', { name: 'Change Key of a test' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Key of a test' });
  await expect(dialog.getByLabel('Another key in its place')).toHaveValue('');
  await dialog.getByLabel('Address').fill('https://elsewhere.example/v1');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('belongs to the address');
  await axe();
  await dialog.getByLabel('Address').fill(process.env.STUDIO_OPENAI ?? '');
  await dialog.getByLabel('Another key in its place').fill('sk-another-of-the-test-9876');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(key.getByText('•••• 9876')).toBeVisible();
  await expect(key.getByText('Never tested')).toBeVisible();

  await key.getByRole('button', { name: 'Remove Key of a test' }).click();
  await axe();
  await page.getByRole('button', { name: 'Remove the key' }).click();
  await expect(key).toBeHidden();
});

test('a lane is paused and resumed, and says what waits on it', async ({ page, request, axe, shot }) => {
  // A provider that no other test uses: a pause stops whatever waits there.
  await addKey(page, 'Own server', 'OpenAI-compatible server');
  const key = card(page, 'Own server');
  const plan = { models: ['openai_compatible/gpt-image-2'], sizes: ['1024x1024'] };
  expect((await request.post('/api/batches', { data: { prompts: ['a paper boat'], plan } })).status()).toBe(201);
  await key.getByRole('button', { name: 'Pause the lane of Own server' }).click();
  await expect(key.getByText('Paused', { exact: true })).toBeVisible();
  await request.post('/api/batches', { data: { prompts: ['a paper moon', 'a paper star'], plan } });
  await expect(key.getByText('2 pictures wait')).toBeVisible();
  await axe();
  await shot('models-lanes-light');
  await key.getByRole('button', { name: 'Remove Own server' }).click();
  await expect(page.getByText('2 pictures wait on it.')).toBeVisible();
  await shot('models-remove-light');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await key.getByRole('button', { name: 'Resume the lane of Own server' }).click();
  await expect(key.getByText('0 pictures wait')).toBeVisible();
});

test('a budget is set, raised, removed, and back after an undo', async ({ page, axe, shot }) => {
  await page.goto('/models?tab=budgets');
  await page.getByRole('button', { name: 'Add a budget' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a budget' });
  await dialog.getByRole('combobox', { name: 'What is capped' }).click();
  await page.getByRole('option', { name: 'Provider' }).click();
  await dialog.getByRole('combobox', { name: 'Which one' }).click();
  await page.getByRole('option', { name: 'Replicate' }).click();
  await dialog.getByLabel('At most, in US dollars').fill('a lot');
  await expect(dialog.getByRole('button', { name: 'Set the cap' })).toBeDisabled();
  await dialog.getByLabel('At most, in US dollars').fill('50');
  await axe();
  await dialog.getByRole('button', { name: 'Set the cap' }).click();
  const cap = card(page, 'Provider · replicate');
  await expect(cap.getByText('each month')).toBeVisible();
  await cap.getByRole('button', { name: /^Change/ }).click();
  await page.getByLabel('At most, in US dollars').fill('80.50');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(cap.getByText('$80.50').first()).toBeVisible();
  await axe();
  await shot('models-budgets-light');
  await cap.getByRole('button', { name: /^Remove/ }).click();
  await expect(cap).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(cap.getByText('$80.50').first()).toBeVisible();
  await cap.getByRole('button', { name: /^Remove/ }).click();
  await expect(cap).toBeHidden();
});

test('caps of single batches come after the others, a page at a time', async ({ page, request, axe, shot }) => {
  const plan = { models: ['illustrator/scene-1'], sizes: ['64x64'] };
  const many = 51;
  for (let number = 0; number < many; number++) {
    const made = await request.post('/api/batches', { data: { prompts: ['a yak'], plan, cap: '1.00', name: `capped ${number}` } });
    expect(made.status()).toBe(201);
  }
  const team = await (await request.post('/api/budgets', { data: { kind: 'team', amount: '40', is_hard: false } })).json();
  await page.goto('/models?tab=budgets');
  await expect(page.getByRole('heading', { name: 'On single batches' })).toBeVisible();
  const caps = page.getByRole('region', { name: 'Budgets' }).getByRole('listitem');
  await expect(caps).toHaveCount(many);
  const newest = await (await request.get('/api/budgets?kind=batch&limit=1')).json();
  const { target } = newest.items[0];
  await expect(caps.getByRole('link', { name: `Batch · ${target.slice(-6)}` })).toHaveAttribute('href', `/batches/${target}`);
  await axe();
  await shot('models-budgets-batches');
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(caps).toHaveCount(many + 1);
  const { items } = await (await request.get('/api/budgets?kind=batch&limit=100')).json();
  for (const { id } of [team, ...items]) await request.delete(`/api/budgets/${id}`);
  await expect(page.getByRole('button', { name: 'Add a budget' })).toBeVisible();
});

test('an answer that does not come is told, with a way to ask again', async ({ page, guard, axe }) => {
  guard.allow(/api\/models|ERR_FAILED|Failed to load/);
  await page.route('**/api/models', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"It broke.","status":500,"code":"broken"}' }));
  await page.goto('/models');
  await expect(page.getByRole('alert')).toContainText('It broke.');
  await axe();
  await page.unroute('**/api/models');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Illustrator' })).toBeVisible();
});

for (const [name, colorScheme, locale, width] of [
  ['dark-en', 'dark', 'en-US', 1440],
  ['light-zh', 'light', 'zh-TW', 1440],
  ['dark-zh-phone', 'dark', 'zh-TW', 375],
  ['light-ja-phone', 'light', 'ja-JP', 375],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('every tab of the models looks right', async ({ page, axe, shot }) => {
      for (const tab of ['catalogue', 'keys', 'budgets']) {
        await page.goto(`/models?tab=${tab}`);
        await page.getByRole('heading', { level: 2 }).first().waitFor();
        await page.waitForLoadState('networkidle');
        await expectNoOverflow(page);
        await axe();
        await shot(`models-${tab}-${name}`);
      }
    });
  });
}
