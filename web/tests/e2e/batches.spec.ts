import { expect, type OwnStudio, test } from './own-studio';
import { expectNoOverflow } from './studio';

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 375, height: 812 };
const LOOKS = [
  ['light', 'en-US', WIDE],
  ['dark', 'zh-TW', WIDE],
  ['light', 'ja-JP', WIDE],
  ['light', 'zh-TW', PHONE],
  ['dark', 'en-US', PHONE],
] as const;
const SMALL = { models: ['illustrator/scene-1'], sizes: ['256x192'] };

const TROUBLES = ['x #fake:refuse:1', 'y #fake:refuse:1', 'z #fake:badb64', 'w #fake:lost'];

/** A batch in which much goes wrong, submitted once. */
async function ensureTroubled(studio: OwnStudio): Promise<string> {
  const { items } = await studio.call<{ items: { id: string; name: string }[] }>('GET', '/api/batches');
  const known = items.find((batch) => batch.name === 'Troubled');
  if (known) return known.id;
  await studio.addKey();
  return studio.submit([...prompts(9), ...TROUBLES], {}, { name: 'Troubled', failure_budget_percent: 100 });
}

interface Counts {
  counts: Record<string, number>;
  finished_at: string | null;
}

function prompts(count: number, more = ''): string[] {
  const subjects = ['a red fox in the snow', 'a harbour at dawn', 'a lighthouse in fog', 'two cats by a window', '山間的茶屋', '夜市的燈籠'];
  return Array.from({ length: count }, (_, place) => `${subjects[place % subjects.length]} ${place + 1}${more}`);
}

// One after the other, on one server of their own.
test.describe.configure({ mode: 'default', timeout: 90_000 });

test('an empty list says what would be there, and a batch appears in it and fills', async ({ page, studio, axe, shot }) => {
  await page.goto('/batches');
  await expect(page.getByRole('heading', { name: 'No batches yet' })).toBeVisible();
  await axe();
  await shot('batches-empty');
  await studio.submit(prompts(8), SMALL, { name: 'Eight scenes' });
  const row = page.getByRole('link', { name: /Eight scenes/ });
  await expect(row).toBeVisible({ timeout: 20_000 });
  await expect(row.getByText('8 of 8 done')).toBeVisible({ timeout: 20_000 });
  await axe();
  await row.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Eight scenes' })).toBeVisible();
  await expect(page.getByRole('main').getByText('From start to end', { exact: true })).toBeVisible();
  await expect(page.getByRole('main').getByText('Elapsed', { exact: true })).toBeHidden();
  const wall = page.getByRole('list', { name: 'Wall' });
  await expect(wall.getByRole('button', { name: '8 done' })).toBeVisible();
  await expect(wall.locator('img')).toHaveCount(8);
  await expect.poll(() => wall.locator('img').evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth > 0))).toBe(true);
  await axe();
});

test('the wall fills while it is watched, in two tabs, and survives a refresh', async ({ page, studio, context }) => {
  const id = await studio.submit(prompts(60), SMALL, { name: 'Watched' });
  await page.goto(`/batches/${id}`);
  const second = await context.newPage();
  await second.goto(`/batches/${id}`);
  for (const one of [page, second]) {
    // Both hear one line: neither asks again and again.
    await one.locator('main img').first().waitFor();
    await expect(one.getByText('The live line is interrupted.')).toBeHidden();
    await expect(one.getByRole('progressbar', { name: 'Progress', exact: true })).toHaveAttribute('aria-valuenow', '60', { timeout: 30_000 });
  }
  await second.close();
  await page.reload();
  await expect(page.getByRole('button', { name: '1 done', exact: true })).toBeVisible();
});

test('arrow keys walk the wall, Enter opens a frame, and it says what it cost', async ({ page, studio, axe, shot }) => {
  await page.goto(`/batches/${await studio.submit(prompts(60), SMALL, { name: 'Walked' })}`);
  await expect(page.getByRole('progressbar', { name: 'Progress', exact: true })).toHaveAttribute('aria-valuenow', '60', { timeout: 30_000 });
  await page.getByRole('button', { name: '1 done', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('button', { name: '2 done', exact: true })).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('button', { name: '60 done' })).toBeFocused();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'No. 60' });
  await expect(dialog.getByText('$0.00').first()).toBeVisible();
  await expect(dialog.locator('img')).toBeVisible();
  await axe();
  await shot('batch-item');
  await dialog.getByRole('button', { name: 'The one before' }).click();
  await expect(page.getByRole('dialog', { name: 'No. 59' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('its pictures are taken away under names that are seen before', async ({ page, studio, guard, axe, shot }) => {
  // A name that cannot be is refused by whoever would make the files.
  guard.allow(/400/);
  const id = await studio.submit(prompts(6), SMALL, { name: 'Taken' });
  await page.goto(`/batches/${id}`);
  await expect(page.getByRole('progressbar', { name: 'Progress', exact: true })).toHaveAttribute('aria-valuenow', '6', { timeout: 30_000 });
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Take 6 pictures away' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take 6 pictures away' });
  await expect(dialog.getByText(/^0*1-a red fox in the snow/)).toBeVisible();
  await dialog.getByLabel('Names of the files').fill('[batch]/[index] [colour]');
  await expect(dialog.getByRole('alert')).toContainText('colour');
  await expect(dialog.getByRole('button', { name: 'Download 6 pictures' })).toBeDisabled();
  await dialog.getByLabel('Names of the files').fill('[batch]/[index]');
  await expect(dialog.getByText(/^Taken\/0*1\.png$/)).toBeVisible();
  await axe();
  await shot('batch-take-away');
  const [saved] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download 6 pictures' }).click()]);
  expect(saved.suggestedFilename()).toMatch(/\.zip$/);
});

test('what went wrong is told by cause and tried again by cause', async ({ page, studio, axe, shot }) => {
  const id = await ensureTroubled(studio);
  await page.goto(`/batches/${id}?view=log`);
  await expect(page.getByText(/2 refused: refused by the provider/)).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText('1 picture is uncertain.')).toBeVisible({ timeout: 40_000 });
  await axe();
  await shot('batch-log');
  const cause = page.getByRole('listitem').filter({ hasText: /2 refused/ });
  await cause.getByRole('button', { name: /Retry 2 · ≈ \$/ }).click();
  await expect(page.getByText('2 wait again').first()).toBeVisible();
  await expect(cause).toBeHidden({ timeout: 20_000 });
  const lost = page.getByRole('listitem').filter({ hasText: /1 uncertain/ });
  await expect(lost.getByRole('button', { name: /Send 1 again · ≈ \$/ })).toBeVisible();
  await lost.getByRole('button', { name: 'Give 1 up' }).click();
  await expect(page.getByText('1 given up').first()).toBeVisible();
  await expect(page.getByText('1 picture is uncertain.')).toBeHidden();
  await page.getByRole('link', { name: 'List' }).click();
  await expect(page.getByRole('cell', { name: 'failed' }).first()).toBeVisible();
  await axe();
  await shot('batch-list');
  await page.getByRole('button', { name: /^failed/ }).click();
  await expect(page).toHaveURL(/state=failed/);
  await expect(page.getByRole('row')).toHaveCount(3);
});

test('a batch is paused, edited, taken back, resumed, and the rest cancelled', async ({ page, studio, axe, shot }) => {
  await ensureTroubled(studio);
  const id = await studio.submit(prompts(30, ' #fake:429'), {}, { name: 'Steered' });
  await page.goto(`/batches/${id}`);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByText('What is in flight finishes and is kept.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Resume', exact: true }).first()).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: /Edit what waits/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit what waits' });
  await dialog.getByRole('button', { name: 'Find and replace' }).click();
  await dialog.getByLabel('Find', { exact: true }).fill('harbour');
  await dialog.getByLabel('Replace with').fill('pier');
  await expect(dialog.getByText(/\d+ changed/).first()).toBeVisible();
  await axe();
  await shot('batch-edit');
  await dialog.getByRole('button', { name: /^Change \d+/ }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText(/\d+ brought back/)).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: /Cancel the batch/ }).click();
  const question = page.getByRole('dialog', { name: /Cancel \d+ waiting picture/ });
  await axe();
  await question.getByRole('button', { name: /^Cancel \d+/ }).click();
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
});

test('an edit changes nothing until somebody has chosen what', async ({ page, studio, axe, shot }) => {
  await studio.addKey();
  const id = await studio.submit(prompts(30, ' #fake:429'), {}, { name: 'Chosen' });
  await studio.call('POST', `/api/batches/${id}/pause`);
  await page.goto(`/batches/${id}`);
  await page.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: /Edit what waits/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit what waits' });
  const doIt = dialog.getByRole('button', { name: /^Change/ });
  await expect(dialog.getByRole('combobox', { name: 'Value' })).toContainText('Choose');
  await expect(doIt).toBeDisabled();
  await dialog.getByRole('combobox', { name: 'Value' }).click();
  await page.getByRole('option', { name: "The model's own default" }).click();
  await expect(dialog.getByText(/The batch gets dearer by \$/)).toBeVisible();
  await expect(doIt).toBeEnabled();
  await expect(doIt).toContainText('· +$');
  await axe();
  await shot('batch-edit-default');
  await dialog.getByRole('combobox', { name: 'Value' }).click();
  await page.getByRole('option', { name: 'High', exact: true }).click();
  await expect(dialog.getByText(/The batch gets dearer by \$/)).toBeVisible();
  await dialog.getByRole('combobox', { name: 'Field' }).click();
  await page.getByRole('option', { name: 'Size', exact: true }).click();
  await expect(doIt).toBeDisabled();
  await dialog.getByRole('combobox', { name: 'Value' }).click();
  await page.getByRole('option', { name: 'Another value …' }).click();
  await expect(doIt).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Another value …' }).fill('512x768');
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await studio.call('POST', `/api/batches/${id}/cancel`);
});

test('a killed server is noticed, and the batch goes on when it is back', async ({ page, studio, guard, shot }) => {
  guard.allow(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED|503/);
  const id = await studio.submit(prompts(1_500), SMALL, { name: 'Killed' });
  await page.goto(`/batches/${id}`);
  await expect(page.getByRole('slider', { name: 'Where in the batch' })).toBeVisible();
  await expect.poll(async () => Number(await page.getByRole('progressbar', { name: 'Progress', exact: true }).getAttribute('aria-valuenow'))).toBeGreaterThan(2);
  await studio.kill();
  await expect(page.getByText('The live line is interrupted.')).toBeVisible();
  await shot('batch-lost');
  await studio.start();
  await expect(page.getByText('The live line is interrupted.')).toBeHidden({ timeout: 30_000 });
  const at = Number(await page.getByRole('progressbar', { name: 'Progress', exact: true }).getAttribute('aria-valuenow'));
  await expect
    .poll(async () => Number(await page.getByRole('progressbar', { name: 'Progress', exact: true }).getAttribute('aria-valuenow')), { timeout: 30_000 })
    .toBeGreaterThan(at);
  await studio.call('POST', `/api/batches/${id}/cancel`);
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible({ timeout: 20_000 });
  const batch = await studio.call<Counts>('GET', `/api/batches/${id}`);
  await expect(page.getByRole('button', { name: new RegExp(`^cancelled ${batch.counts['cancelled']?.toLocaleString('en-US')}`) })).toBeVisible();
});

for (const [colorScheme, locale, viewport] of LOOKS) {
  const name = `${colorScheme}-${locale}-${viewport === WIDE ? 'wide' : 'phone'}`;
  test.describe(name, () => {
    test.use({ colorScheme, viewport, locale });
    test('every view fits and is open to everybody', async ({ page, studio, axe, shot }) => {
      const troubled = await ensureTroubled(studio);
      const running = await studio.submit(prompts(600), SMALL, { name: `Contact sheet ${name}` });
      await page.goto(`/batches/${running}`);
      await page.locator('main img').nth(5).waitFor();
      await expectNoOverflow(page);
      await shot(`batch-running-${name}`);
      await page.goto('/batches');
      await page.getByRole('progressbar').first().waitFor();
      await expectNoOverflow(page);
      await axe();
      await shot(`batches-${name}`);
      await studio.call('POST', `/api/batches/${running}/pause`);
      for (const view of ['wall', 'list', 'log']) {
        await page.goto(`/batches/${troubled}?view=${view}`);
        await page.getByRole('progressbar').waitFor();
        await expect.poll(() => page.locator('main img').evaluateAll((all) => all.every((one) => (one as HTMLImageElement).complete))).toBe(true);
        await expectNoOverflow(page);
        await axe();
        await shot(`batch-${view}-${name}`);
      }
      await studio.call('POST', `/api/batches/${running}/cancel`);
    });
  });
}
