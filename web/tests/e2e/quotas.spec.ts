import type { Page } from '@playwright/test';

import { expect, OwnStudio, test } from './own-studio';
import { expectNoOverflow } from './studio';

const card = (page: Page, name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3, name }) });

/** What somebody may have, and 3 pictures made of it. */
async function useSome(studio: OwnStudio): Promise<void> {
  const id = await studio.submit(['a paper boat', 'a paper moon', 'a paper star'], { models: ['illustrator/scene-1'], sizes: ['256x192'], qualities: [] });
  await expect.poll(async () => (await studio.call<{ state: string }>('GET', `/api/batches/${id}`)).state).toBe('finished');
}

test('quotas are set, counted, changed, removed and brought back', async ({ page, studio, axe, shot }) => {
  await page.goto('/settings/usage');
  await expect(page.getByText('No limits')).toBeVisible();
  await axe();
  await useSome(studio);

  await page.getByRole('button', { name: 'Set a quota' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set a quota' });
  await dialog.getByRole('combobox', { name: 'For' }).click();
  await page.getByRole('option', { name: /owner@example/ }).click();
  await dialog.getByLabel('At most').fill('1.5');
  await expect(dialog.getByRole('alert')).toContainText('A whole number');
  await expect(dialog.getByRole('button', { name: 'Set it' })).toBeDisabled();
  await dialog.getByLabel('At most').fill('12');
  await axe();
  await shot('quotas-dialog-light');
  await dialog.getByRole('button', { name: 'Set it' }).click();
  const own = card(page, 'Owner').filter({ hasText: 'You' });
  await expect(own.getByText('12 pictures')).toBeVisible();
  await expect(own).toContainText('begins anew');
  await expect(own.locator('dl')).toHaveText('Used3Left9');

  await page.getByRole('button', { name: 'Set a quota' }).click();
  await dialog.getByRole('radio', { name: 'Storage' }).check();
  await expect(dialog.getByRole('radio', { name: 'Month' })).toBeHidden();
  await dialog.getByLabel('At most, in gigabytes').fill('0.5');
  await dialog.getByRole('button', { name: 'Set it' }).click();
  await expect(page.getByText('500 MB of pictures')).toBeVisible();
  await axe();
  await shot('quotas-light');

  await own.getByRole('button', { name: 'Change the quota: Owner, Pictures' }).click();
  await expect(page.getByLabel('At most')).toHaveValue('12');
  await page.getByLabel('At most').fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(own.getByText('Used up')).toBeVisible();
  await axe();

  await own.getByRole('button', { name: /^Remove the quota/ }).click();
  await expect(own).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(own.locator('dl')).toHaveText('Used3Left0');
});

test('whoever may not set quotas sees them, and is offered nothing', async ({ page, studio }) => {
  await page.route('**/api/me', async (route) => {
    const answer = await route.fetch();
    const me = (await answer.json()) as { permissions: string[]; roles: { team_id: string; role: string }[] };
    const roles = me.roles.map((one) => ({ ...one, role: 'viewer' }));
    await route.fulfill({ response: answer, json: { ...me, roles, permissions: me.permissions.filter((one) => !/^(users|members):write$/.test(one)) } });
  });
  await studio.call('POST', '/api/quotas', { kind: 'calls', amount: 100_000, period: 'week' });
  await page.goto('/settings/usage');
  await expect(page.getByText('100,000 calls')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Set a quota' })).toBeHidden();
  await expect(page.getByRole('button', { name: /the quota/ })).toHaveCount(0);
});

test('quotas that cannot be read say so', async ({ page, guard, axe }) => {
  guard.allow(/api\/quotas|Failed to load/);
  await page.route('**/api/quotas', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"It broke.","status":500,"code":"broken"}' }));
  await page.goto('/settings/usage');
  await expect(page.getByRole('alert')).toContainText('It broke.');
  await axe();
  await page.unroute('**/api/quotas');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toBeHidden();
});

for (const [name, colorScheme, locale, width] of [
  ['dark-en', 'dark', 'en-US', 1440],
  ['light-zh-phone', 'light', 'zh-TW', 375],
  ['dark-ja-phone', 'dark', 'ja-JP', 375],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('quotas look right', async ({ page, studio, axe, shot }) => {
      for (const [kind, amount, period] of [['images', 3, 'total'], ['calls', 20_000, 'month'], ['bytes', 50_000_000_000, 'total']]) {
        await studio.call('POST', '/api/quotas', { kind, amount, period, zone: 'Asia/Taipei' });
      }
      await page.goto('/settings/usage');
      await page.getByRole('heading', { level: 3 }).first().waitFor();
      await page.waitForLoadState('networkidle');
      await expectNoOverflow(page);
      await axe();
      await shot(`quotas-${name}`);
      await page.getByRole('main').getByRole('button').first().click();
      await page.getByRole('dialog').waitFor();
      await expectNoOverflow(page);
      await axe();
      await shot(`quotas-dialog-${name}`);
    });
  });
}
