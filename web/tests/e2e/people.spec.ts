import { actAs, choose, join, line, roleOf, undo } from './joining';
import { expect, test } from './own-studio';
import { expectNoOverflow } from './studio';

test('somebody is invited by a link that is shown once, revoked, and invited again', async ({ page, context, guard, axe, shot }) => {
  guard.allow(/status of 422|response 422: POST .*\/api\/invitations/);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/settings/people');
  await expect(page.getByText('You are alone here so far')).toBeVisible();
  await expect(roleOf(page, 'Owner')).toBeDisabled();
  await axe();
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByLabel('E-mail address').fill('nobody at all');
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  await expect(dialog.getByRole('alert')).toContainText('name@example.com');
  await axe();
  await dialog.getByLabel('E-mail address').fill('Jun@Example.com');
  await dialog.getByRole('radio', { name: 'Guest' }).check();
  await expect(dialog.getByText('Sees nothing until')).toBeVisible();
  await dialog.getByRole('radio', { name: 'Viewer' }).check();
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const shown = page.getByRole('dialog', { name: 'The invitation' });
  await expect(shown.getByRole('status')).toContainText('jun@example.com');
  const link = await shown.getByLabel('Link').inputValue();
  expect(link).toContain('/invitation#token=');
  await shown.getByRole('button', { name: 'Copy' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await axe();
  await shot('people-link-light');
  await shown.getByRole('button', { name: 'I have it' }).click();
  const waiting = line(page, 'jun@example.com');
  await expect(waiting).toContainText('Viewer');
  await expect(waiting).toContainText('by Owner');
  expect(await page.content()).not.toContain(link);
  await axe();
  await shot('people-invited-light');
  await waiting.getByRole('button', { name: 'Revoke the invitation: jun@example.com' }).click();
  await expect(waiting).toBeHidden();
  await page.getByRole('button', { name: 'Invite again' }).click();
  await expect(dialog.getByLabel('E-mail address')).toHaveValue('jun@example.com');
  await expect(dialog.getByRole('radio', { name: 'Viewer' })).toBeChecked();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

test('roles count at once and are taken back; quotas are set; somebody is shown out', async ({ page, studio, axe, shot }) => {
  const mei = await join(studio, 'Mei Lin', { role: 'editor' });
  const team = (await studio.call<{ id: string }[]>('GET', '/api/teams'))[0]?.id ?? '';
  const role = async () => (await studio.call<{ user_id: string; role: string }[]>('GET', `/api/teams/${team}/members`)).find(({ user_id }) => user_id === mei.id)?.role;
  await page.goto('/settings/people');
  await expect(line(page, 'Mei Lin')).toContainText(/mei\.lin@example\.com · seen/);
  await choose(page, 'Role of Mei Lin', 'Viewer');
  await expect(page.getByText('Mei Lin is Viewer now')).toBeVisible();
  await expect(roleOf(page, 'Mei Lin')).toHaveText('Viewer');
  await expect.poll(role).toBe('viewer');
  await undo(page, 'Mei Lin is Viewer now');
  await expect(roleOf(page, 'Mei Lin')).toHaveText('Editor');
  await expect.poll(role).toBe('editor');

  await page.getByRole('button', { name: 'More about Mei Lin' }).click();
  await axe();
  await page.getByRole('menuitem', { name: 'Set a quota' }).click();
  const quota = page.getByRole('dialog', { name: 'A quota for Mei Lin' });
  await expect(quota.getByRole('combobox')).toHaveCount(0);
  await quota.getByLabel('At most').fill('500');
  await axe();
  await quota.getByRole('button', { name: 'Set it' }).click();
  await expect(line(page, 'Mei Lin')).toContainText('At most 500 pictures each month, 500 left');
  await shot('people-light');
  await page.getByRole('button', { name: 'More about Mei Lin' }).click();
  await page.getByRole('menuitem', { name: 'Change 500 pictures each month' }).click();
  await expect(page.getByLabel('At most')).toHaveValue('500');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'More about Mei Lin' }).click();
  await page.getByRole('menuitem', { name: 'Remove from the team' }).click();
  const asked = page.getByRole('dialog', { name: 'Remove Mei Lin?' });
  await axe();
  await shot('people-remove-light');
  await asked.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(line(page, 'Mei Lin')).toBeHidden();
  await expect.poll(role).toBeUndefined();
});

test('a role that is refused is as it was', async ({ page, studio, guard }) => {
  guard.allow(/status of 409|response 409/);
  await join(studio, 'Ida', { role: 'editor' });
  await page.route('**/api/teams/*/members/*', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"title":"It may not be.","status":409,"code":"conflict"}' }));
  await page.goto('/settings/people');
  await choose(page, 'Role of Ida', 'Owner');
  await expect(page.getByText('It may not be.').first()).toBeVisible();
  await expect(roleOf(page, 'Ida')).toHaveText('Editor');
});

test('operators disable and enable accounts, make links and operators', async ({ page, studio, axe, shot }) => {
  const jun = await join(studio, 'Jun', { role: 'viewer' });
  const asks = async () => (await fetch(`${studio.url}/api/me`, { headers: { Cookie: jun.cookies.map(({ name, value }) => `${name}=${value}`).join('; ') } })).status;
  expect(await asks()).toBe(200);
  await page.goto('/settings/people');
  await page.getByRole('radio', { name: 'Everybody here' }).check();
  await expect(page).toHaveURL(/all=true/);
  await expect(line(page, 'Owner').first()).toContainText('Operator');
  await expect(page.getByRole('button', { name: 'More about Owner' })).toBeHidden();
  await axe();

  await page.getByRole('button', { name: 'More about Jun' }).click();
  await page.getByRole('menuitem', { name: 'Make a link for a new password' }).click();
  const shown = page.getByRole('dialog', { name: 'A new password for Jun' });
  await expect(shown.getByLabel('Link')).toHaveValue(/\/reset#token=/);
  await axe();
  await shown.getByRole('button', { name: 'I have it' }).click();

  await page.getByRole('button', { name: 'More about Jun' }).click();
  await page.getByRole('menuitem', { name: 'Make an operator' }).click();
  await expect(line(page, 'Jun')).toContainText('Operator');
  await undo(page, 'Jun is an operator now');
  await expect(line(page, 'Jun')).not.toContainText('Operator');

  await page.getByRole('button', { name: 'More about Jun' }).click();
  await page.getByRole('menuitem', { name: 'Disable the account' }).click();
  await expect(line(page, 'Jun')).toContainText('Disabled');
  expect(await asks()).toBe(401);
  await axe();
  await shot('people-accounts-light');
  await undo(page, 'Jun is disabled');
  await expect(line(page, 'Jun')).not.toContainText('Disabled');
});

test('who may not see people is shown none, and who may not give roles only looks', async ({ page, context, studio, axe, shot }) => {
  await actAs(context, await join(studio, 'Vera', { role: 'viewer' }));
  await page.goto('/settings/people');
  await expect(page.getByRole('tab', { name: 'General' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('tab', { name: 'People' })).toHaveCount(0);
  await page.getByRole('tab', { name: 'Projects' }).click();
  await page.getByRole('button', { name: 'Members of Studio' }).click();
  await expect(line(page, 'Vera').last()).toContainText('by the role in the team');
  await expect(page.getByRole('button', { name: /New project|^Rename|^Add/ })).toHaveCount(0);
  await expect(page.getByRole('combobox', { name: /^Role of/ })).toHaveCount(0);
  await axe();

  const [project] = await studio.call<{ id: string }[]>('GET', '/api/projects');
  await actAs(context, await join(studio, 'Gus', { role: 'viewer', project_id: project?.id }));
  await page.goto(`/settings/projects?project=${project?.id}`);
  await expect(page.getByText('You are a guest')).toBeVisible();
  await axe();
  await shot('projects-guest-light');

  await actAs(context, await join(studio, 'Nia', { role: 'guest' }));
  await page.goto('/settings/general');
  await expect(page.getByRole('tab', { name: 'API tokens' })).toBeVisible();
  await expect(page.getByRole('tab', { name: /People|Projects/ })).toHaveCount(0);
});

test('whoever has an account joins with it', async ({ page, context, studio, axe, shot }) => {
  const una = await join(studio, 'Una', { role: 'editor' });
  const team = (await studio.call<{ id: string }[]>('GET', '/api/teams'))[0]?.id ?? '';
  const members = async () => (await studio.call<{ user_id: string }[]>('GET', `/api/teams/${team}/members`)).map(({ user_id }) => user_id);
  await studio.call('DELETE', `/api/teams/${team}/members/${una.id}`);
  const { link } = await studio.call<{ link: string }>('POST', '/api/invitations', { role: 'editor' });
  await actAs(context, una);
  await page.goto(link);
  await expect(page.getByText('You are signed in as Una')).toBeVisible();
  await axe();
  await shot('join-known-light');
  await page.getByRole('button', { name: 'Make another account' }).click();
  await expect(page.getByLabel('Password')).toBeVisible();
  // What stands behind the sign is gone from the address, so the link is opened again.
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('button', { name: 'Join as Una' }).click();
  await expect(page).toHaveURL(/\/create$/);
  expect(await members()).toContain(una.id);
});

test('a role is changed by keyboard alone', async ({ page, studio }) => {
  await join(studio, 'Tab', { role: 'editor' });
  await page.goto('/settings/people');
  await roleOf(page, 'Tab').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Editor' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Tab is Viewer now')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'More about Tab' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'More about Tab' })).toBeFocused();
});

test('people who cannot be read say so', async ({ page, guard, axe }) => {
  guard.allow(/api\/teams\/|Failed to load/);
  await page.route('**/api/teams/*/members', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"title":"It broke.","status":500,"code":"broken"}' }));
  await page.goto('/settings/people');
  await expect(page.getByRole('alert')).toContainText('It broke.');
  await axe();
  await page.unroute('**/api/teams/*/members');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(roleOf(page, 'Owner')).toBeVisible();
});

for (const [name, colorScheme, locale, width] of [
  ['dark-en', 'dark', 'en-US', 1440],
  ['light-zh', 'light', 'zh-TW', 1440],
  ['dark-zh-phone', 'dark', 'zh-TW', 375],
  ['light-ja-phone', 'light', 'ja-JP', 375],
  ['light-en-phone', 'light', 'en-US', 375],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('people and projects look right', async ({ page, studio, axe, shot }) => {
      const [project] = await studio.call<{ id: string }[]>('GET', '/api/projects');
      const who = await join(studio, `Looks of ${name}`, { role: 'viewer', project_id: project?.id });
      await studio.call('POST', '/api/quotas', { user_id: who.id, kind: 'images', amount: 20_000, period: 'day', zone: 'Asia/Taipei' });
      await studio.call('POST', '/api/invitations', { role: 'editor', email: 'somebody.with.a.long.name@studio.example.com', project_id: project?.id });
      for (const place of ['people', 'people?all=true', `projects?project=${project?.id}`]) {
        await page.goto(`/settings/${place}`);
        await page.getByRole('heading', { level: 2 }).first().waitFor();
        await page.waitForLoadState('networkidle');
        await expectNoOverflow(page);
        await axe();
        await shot(`${place.replace(/\?.*=true/, '-all').replace(/\?.*/, '')}-${name}`);
      }
      await page.goto('/settings/people');
      await page.getByRole('main').getByRole('button').first().click();
      await page.getByRole('dialog').waitFor();
      await expectNoOverflow(page);
      await axe();
      await shot(`people-invite-${name}`);
    });
  });
}
