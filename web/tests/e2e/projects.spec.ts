import { actAs, choose, join, roleOf, undo } from './joining';
import { expect, test } from './own-studio';

test('projects are made, renamed, and roles in them given and taken', async ({ page, studio, axe, shot }) => {
  const kim = await join(studio, 'Kim', { role: 'guest' });
  const ana = await join(studio, 'Ana', { role: 'viewer' });
  await page.goto('/settings/projects');
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Spring');
  await axe();
  await page.getByRole('button', { name: 'Make it' }).click();
  await expect(page).toHaveURL(/project=/);
  const id = new URL(page.url()).searchParams.get('project')?.replaceAll('"', '') ?? '';
  const roles = async () => Object.fromEntries((await studio.call<{ user_id: string; role: string }[]>('GET', `/api/projects/${id}/members`)).map(({ user_id, role }) => [user_id, role]));

  await page.getByRole('button', { name: 'Rename Spring' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Summer');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 3, name: 'Summer' })).toBeVisible();
  await undo(page, 'It is called Summer now');
  await expect(page.getByRole('heading', { level: 3, name: 'Spring' })).toBeVisible();

  await expect(page.getByText('A role given here counts in this project')).toBeVisible();
  await expect(roleOf(page, 'Kim')).toHaveCount(0);
  await expect(roleOf(page, 'Ana')).toHaveText('As in the team: Viewer');
  await choose(page, 'Role of Ana', 'Editor');
  await expect(page.getByText('Ana is Editor now')).toBeVisible();
  expect((await roles())[ana.id]).toBe('editor');
  await choose(page, 'Role of Ana', 'As in the team: Viewer');
  await expect.poll(async () => (await roles())[ana.id]).toBe('viewer');

  await page.getByRole('button', { name: 'Add somebody to Spring' }).click();
  await choose(page, 'Guest of the team', 'Kim (kim@example.com)');
  await page.getByRole('dialog').getByRole('radio', { name: 'Editor' }).check();
  await axe();
  await shot('projects-add-light');
  await page.getByRole('button', { name: 'Add', exact: true }).last().click();
  await expect(roleOf(page, 'Kim')).toHaveText('Editor');
  await axe();
  await shot('projects-light');
  await page.getByRole('button', { name: 'Remove Kim from the project' }).click();
  await expect(roleOf(page, 'Kim')).toHaveCount(0);
  expect((await roles())[kim.id]).toBeUndefined();
  await undo(page, 'Kim does not see the project any more');
  await expect(roleOf(page, 'Kim')).toHaveText('Editor');
  expect((await roles())[kim.id]).toBe('editor');
});

test('an owner of a project gives roles in it, and asks before they lose their own', async ({ page, context, studio }) => {
  const { id } = await studio.call<{ id: string }>('POST', '/api/projects', { name: 'Of Paul' });
  const paul = await join(studio, 'Paul', { role: 'editor' });
  await studio.call('PUT', `/api/projects/${id}/members/${paul.id}`, { role: 'owner' });
  await actAs(context, paul);
  await page.goto(`/settings/projects?project=${id}`);
  await choose(page, 'Role of Paul', 'Viewer');
  const asked = page.getByRole('dialog', { name: 'Take this from yourself?' });
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await expect(roleOf(page, 'Paul')).toHaveText('Owner');
  await choose(page, 'Role of Paul', 'Viewer');
  await asked.getByRole('button', { name: 'Take it from me' }).click();
  await expect(roleOf(page, 'Paul')).toHaveCount(0);
  await expect(page.getByText('You: Viewer')).toBeVisible();
});
