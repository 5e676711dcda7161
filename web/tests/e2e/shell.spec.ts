import { expect, expectNoOverflow, test } from './studio';

const PLACES = ['Create', 'Batches', 'Library', 'Models', 'Settings'];

test('every place of the rail opens, with its title, and nothing is wrong in it', async ({ page, axe }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/create$/);
  for (const place of PLACES) {
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place }).click();
    await expect(page).toHaveTitle(`${place} · Imageloom`);
    await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible();
  }
  await axe();
});

test('an address that leads nowhere says so and offers the way back', async ({ page, axe }) => {
  await page.goto('/nowhere/at-all');
  await expect(page.getByRole('heading', { name: 'Nothing is here' })).toBeVisible();
  await axe();
  await page.getByRole('link', { name: 'Go to Create' }).click();
  await expect(page).toHaveURL(/\/create$/);
});

test('the palette finds an action by its name and does it', async ({ page, axe, shot }) => {
  await page.goto('/create');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  const input = page.getByPlaceholder('Search or do …');
  await expect(input).toBeFocused();
  await axe();
  await shot('palette-light');
  await input.fill('libr');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/library$/);
  await expect(input).toBeHidden();
});

test.describe('in another language', () => {
  test.use({ locale: 'zh-TW' });
  test('the names that only screen readers say are in it too', async ({ page }) => {
    await page.goto('/create');
    await page.getByRole('button', { name: '清除' }).click();
    await expect(page.getByRole('region', { name: '通知' })).toBeVisible();
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('listbox', { name: '可以做的事' })).toBeVisible();
    const english = await page.locator('[aria-label]').evaluateAll((elements) =>
      elements.map((element) => element.getAttribute('aria-label') ?? '').filter((label) => /^[\w ]+$/.test(label) && label !== 'Imageloom'),
    );
    expect(english).toEqual([]);
  });
});

test('keys go places, and the list of keys names them', async ({ page, axe, shot }) => {
  await page.goto('/create');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await expect(page).toHaveURL(/\/batches$/);
  await page.keyboard.press('Shift+?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog.getByText('Library')).toBeVisible();
  await axe();
  await shot('keys-light');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('the theme is kept, and is there before the first paint', async ({ page, axe }) => {
  await page.goto('/create');
  await page.getByRole('button', { name: 'Theme' }).click();
  await axe();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await axe();
});

test('the language is changed in place and kept', async ({ page, axe }) => {
  await page.goto('/library');
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitemradio', { name: '繁體中文' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '圖庫' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-TW');
  await axe();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: '圖庫' })).toBeVisible();
});

for (const [locale, title] of [
  ['zh-TW', '創作'],
  ['zh-Hant-HK', '創作'],
  ['ja-JP', '作成'],
  ['de-DE', 'Create'],
] as const) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });
    test('is answered in the nearest language', async ({ page }) => {
      await page.goto('/');
      await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
      await expectNoOverflow(page);
    });
  });
}

test('a lost connection is told and found again', async ({ page, context }) => {
  await page.goto('/create');
  await page.getByRole('heading', { level: 1 }).waitFor();
  // What is still on its way when the line is cut fails, and is meant to.
  await page.waitForLoadState('networkidle');
  await context.setOffline(true);
  await expect(page.getByText('This device is offline.')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('This device is offline.')).toBeHidden();
});

test('the documentation of the API works under its rules', async ({ page }) => {
  await page.goto('/docs');
  await expect(page.getByText('/api/batches/{batch_id}/cancel')).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true });

  test('the places are tabs at the bottom', async ({ page, axe }) => {
    await page.goto('/');
    for (const place of PLACES) {
      await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place }).tap();
      await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible();
      await expectNoOverflow(page);
    }
    const bar = await page.getByRole('navigation', { name: 'Places' }).boundingBox();
    expect(bar && bar.y + bar.height).toBe(812);
    await axe();
  });
});
