import { type BrowserContext, expect, type Page, request as requests } from '@playwright/test';

import type { OwnStudio } from './studio-server';

const PASSWORD = 'nine maples under a kettle';

interface Invitation {
  role: string;
  email?: string;
  project_id?: string;
}

/** Somebody who took an invitation, in a session of their own. */
export async function join(studio: OwnStudio, name: string, invitation: Invitation) {
  const made = await studio.call<{ link: string }>('POST', '/api/invitations', invitation);
  const session = await requests.newContext({ baseURL: studio.url });
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
  const answer = await session.post('/api/auth/join', { data: { token: made.link.split('token=').at(-1), name, email, password: PASSWORD } });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { user_id: id } = (await answer.json()) as { user_id: string };
  const { cookies } = await session.storageState();
  await session.dispose();
  return { id, name, email, cookies };
}

export async function actAs(context: BrowserContext, { cookies }: Awaited<ReturnType<typeof join>>): Promise<void> {
  await context.clearCookies();
  await context.addCookies(cookies);
  await context.setExtraHTTPHeaders({ 'X-CSRF-Token': cookies.find(({ name }) => name === 'imageloom_csrf')?.value ?? '' });
}

/** Whoever stands in a list of people. */
export const line = (page: Page, name: string) => page.getByRole('main').getByRole('listitem').filter({ hasText: name });
export const roleOf = (page: Page, name: string) => page.getByRole('combobox', { name: `Role of ${name}` });

export async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** Takes back what a slip of paper in the corner says was done. */
export async function undo(page: Page, told: string): Promise<void> {
  await page.locator('[data-toast]').filter({ hasText: told }).getByRole('button', { name: 'Undo' }).click();
}
