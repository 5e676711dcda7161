import { expect, expectNoOverflow, test } from './studio';
import { choose, write } from './writing';

test('theme, density, language and time zone are chosen and kept', async ({ page, axe, shot }) => {
  await page.goto('/settings');
  await expect(page).toHaveURL(/\/settings\/general$/);
  await page.getByRole('radio', { name: 'Compact' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-density', 'compact');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByLabel('Time zone').selectOption('Asia/Taipei');
  await axe();
  await shot('settings-general-dark');
  await page.getByRole('radio', { name: '繁體中文' }).check();
  await expect(page.getByRole('heading', { level: 1, name: '設定' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('radio', { name: '深色' })).toBeChecked();
  await expect(page.getByLabel('時區')).toHaveValue('Asia/Taipei');
});

test('amounts say about what they are in a currency of one’s own', async ({ page, axe, shot }) => {
  await page.goto('/settings/general');
  await page.getByLabel('Beside US dollars').selectOption('TWD');
  const rate = page.getByLabel('1 USD in TWD');
  await rate.fill('much');
  await expect(page.getByText('Write a number above 0')).toBeVisible();
  await rate.fill('31,5');
  await expect(page.getByText('Write a number above 0')).toBeHidden();
  await axe();
  await shot('settings-currency-light');
  await page.setViewportSize({ width: 375, height: 800 });
  await expectNoOverflow(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.reload();
  await expect(rate).toHaveValue('31.5');
  await page.goto('/create');
  await write(page, 'a fox');
  await choose(page, 'GPT Image 2');
  await expect(page.getByRole('region', { name: 'Pictures and cost' })).toContainText(/≈ TWD\s[\d.]+/);
  await axe();
  await shot('create-currency-light');
});

test('an action gets another key, works with it, and gets its own back', async ({ page, axe, shot }) => {
  await page.goto('/settings/shortcuts');
  await page.getByRole('button', { name: /^Library: G L\./ }).click();
  const field = page.getByRole('textbox', { name: 'New keys for Library: press them, then Enter' });
  await expect(field).toBeFocused();
  await field.press('g');
  await expect(page.getByRole('status').filter({ hasText: 'has these' })).toBeVisible();
  await axe();
  await field.press('y');
  await expect(page.getByText('Enter keeps it')).toBeVisible();
  await field.press('Enter');
  await expect(page.getByRole('button', { name: /^Library: G Y\./ })).toBeVisible();
  await shot('settings-shortcuts-light');
  await page.keyboard.press('g');
  await page.keyboard.press('y');
  await expect(page).toHaveURL(/\/library/);
  await page.goto('/settings/shortcuts');
  await page.getByRole('button', { name: 'Library: the key it had' }).click();
  await expect(page.getByRole('button', { name: /^Library: G L\./ })).toBeVisible();
});

test('a token is made with what it may, shown once, and revoked', async ({ page, request, axe, shot, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make a token' });
  await dialog.getByLabel('Name').fill('Nightly script');
  const account = dialog.getByRole('group', { name: 'Your account' });
  await account.getByLabel('Change').check();
  await expect(account.getByLabel('See')).toBeChecked();
  await axe();
  await shot('settings-token-light');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const shown = page.getByRole('dialog', { name: 'Your token' });
  const token = await shown.getByLabel('Token').inputValue();
  expect(token).toMatch(/^iml_/);
  await shown.getByRole('button', { name: 'Copy' }).click();
  await expect(shown.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await axe();
  await shown.getByRole('button', { name: 'I have it' }).click();
  await expect(page.getByText('account:write')).toBeVisible();
  expect(await page.content()).not.toContain(token);
  const asks = () => request.get('/api/me/profile', { headers: { Authorization: `Bearer ${token}` } });
  expect((await asks()).status()).toBe(200);
  await shot('settings-tokens-light');
  await page.getByRole('button', { name: 'Revoke Nightly script' }).click();
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await expect(page.getByRole('heading', { name: 'No longer working' })).toBeVisible();
  expect((await asks()).status()).toBe(401);
  await axe();
});

test('a name is changed', async ({ page, axe, shot }) => {
  await page.goto('/settings/account');
  const field = page.getByLabel('Name');
  await expect(field).not.toHaveValue('');
  const before = await field.inputValue();
  await field.fill('Mei Lin');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The name is changed')).toBeVisible();
  await axe();
  await shot('settings-account-light');
  await page.reload();
  await expect(field).toHaveValue('Mei Lin');
  await field.fill(before);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The name is changed')).toBeVisible();
});

test('storage, health and licences are told', async ({ page, axe, shot }) => {
  await page.goto('/settings/usage');
  await expect(page.getByText(/\d pictures?$/).first()).toBeVisible();
  await axe();
  await page.getByRole('tab', { name: 'Health' }).click();
  await expect(page.getByText('Database')).toBeVisible();
  await axe();
  await shot('settings-server-light');
  await page.getByRole('tab', { name: 'About' }).click();
  await expect(page).toHaveURL(/\/settings\/about$/);
  await expect(page.getByText('react-dom').first()).toBeVisible();
  await axe();
  await shot('settings-about-light');
});

test('the sections are gone through by keyboard alone', async ({ page }) => {
  await page.goto('/settings/general');
  await page.getByRole('tab', { name: 'General' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings\/shortcuts$/);
});

for (const [name, colorScheme, locale, width] of [
  ['dark-en', 'dark', 'en-US', 1440],
  ['light-zh', 'light', 'zh-TW', 1440],
  ['dark-zh-phone', 'dark', 'zh-TW', 375],
  ['light-ja-phone', 'light', 'ja-JP', 375],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('every section looks right', async ({ page, axe, shot }) => {
      for (const section of ['general', 'shortcuts', 'account', 'people', 'projects', 'tokens', 'usage', 'server', 'about']) {
        await page.goto(`/settings/${section}`);
        await page.getByRole('heading', { level: 2 }).first().waitFor();
        await page.waitForLoadState('networkidle');
        await expectNoOverflow(page);
        await expect(page.getByRole('tab', { selected: true })).toBeInViewport({ ratio: 0.99 });
        await axe();
        await shot(`settings-${section}-${name}`);
      }
    });
  });
}
