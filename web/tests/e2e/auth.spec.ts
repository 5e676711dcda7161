import { expect, test } from './studio';
import { OwnStudio } from './studio-server';

const OWNER = { name: 'Mei', email: 'mei@example.com', password: 'plum lantern over quiet harbour' };
const studio = new OwnStudio();

// A server of its own, which begins with nobody, and tests that go on from one another.
test.describe.configure({ mode: 'serial' });
test.use({ extraHTTPHeaders: {} });
test.beforeAll(async () => studio.start({ IMAGELOOM_PEOPLE__REGISTRATION: 'open' }));
test.afterAll(async () => studio.end());

test('the link of the first start makes the owner', async ({ page, axe, shot }) => {
  await page.goto(await studio.setupLink());
  await expect(page.getByRole('heading', { name: 'Create your account' })).toBeVisible();
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail address').fill(OWNER.email);
  await page.getByLabel('Password').fill('mei@example.com');
  await expect(page.getByText('Too weak', { exact: true })).toBeVisible();
  await axe();
  await shot('strength-weak');
  await page.getByLabel('Password').fill(OWNER.password);
  await expect(page.getByText('Strong', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/setup$/);
  await axe();
  await shot('setup');
  await page.getByRole('button', { name: 'Create and begin' }).click();
  await expect(page).toHaveURL(/\/create$/);
  await page.getByRole('button', { name: 'Account' }).click();
  await expect(page.getByText(OWNER.name, { exact: true })).toBeVisible();
});

test('who is not signed in signs in where they are, and is where they wanted to go', async ({ page, axe, shot }) => {
  await page.goto(studio.url + '/library');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await axe();
  await shot('sign-in');
  await page.getByLabel('E-mail address').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible();
  await expect(page).toHaveURL(/\/library$/);
});

test('a wrong password says so, and only that', async ({ page, guard, axe }) => {
  guard.allow(/status of 401|response 401: POST .*sign-in/);
  await page.goto(studio.url + '/');
  await page.getByLabel('E-mail address').fill('nobody@example.com');
  await page.getByLabel('Password').fill('wrong wrong wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await axe();
});

test('who signs out is out, and a session that ends keeps what was on the page', async ({ page, guard, axe, shot }) => {
  guard.allow(/status of 401|response 401/);
  await page.goto(studio.url + '/create');
  await page.getByLabel('E-mail address').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Pictures each')).toBeVisible();
  await page.context().clearCookies();
  await page.getByLabel('Pictures each').fill('7');
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await expect(dialog).toBeVisible();
  await axe();
  await shot('session-ended');
  await dialog.getByLabel('E-mail address').fill(OWNER.email);
  await dialog.getByLabel('Password').fill(OWNER.password);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Pictures each')).toHaveValue('7');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('a password is told how strong it is on a phone, and a server that does not say it changes nothing', async ({ page, guard, shot }) => {
  guard.allow(/status of 429|response 429: POST .*strength/);
  await page.setViewportSize({ width: 375, height: 740 });
  await page.addInitScript(() => localStorage.setItem('imageloom.preferences', JSON.stringify({ locale: 'zh-TW' })));
  await page.goto(studio.url + '/setup#token=01aaaaaaaaaaaaaaaaaaaaaaaaspent');
  const password = page.locator('input[type=password]');
  await password.fill('password');
  await expect(page.locator('[aria-live=polite] strong')).toBeVisible();
  await shot('strength-375');
  await page.route('**/api/auth/strength', (route) => route.fulfill({ status: 429, json: { status: 429, code: 'too_many' } }));
  await password.fill('password1');
  await expect(page.locator('[aria-live=polite] strong')).toBeHidden();
  await expect(page.getByRole('alert')).toBeHidden();
});

test('a link without its secret says what to do', async ({ page }) => {
  await page.goto(studio.url + '/setup');
  await expect(page.getByText('This needs the link')).toBeVisible();
});

test('a link that is spent says so', async ({ page, guard, axe }) => {
  guard.allow(/status of 400|response 400: POST .*setup/);
  await page.goto(studio.url + '/setup#token=01aaaaaaaaaaaaaaaaaaaaaaaaspent');
  await page.getByLabel('Your name').fill('Eve');
  await page.getByLabel('E-mail address').fill('eve@example.com');
  await page.getByLabel('Password').fill('a long one that nobody guesses');
  await page.getByRole('button', { name: 'Create and begin' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await axe();
});

test('a letter is asked for without telling who is here', async ({ page, axe }) => {
  await page.goto(studio.url + '/forgot');
  await page.getByLabel('E-mail address').fill('nobody@example.com');
  await page.getByRole('button', { name: 'Send the letter' }).click();
  await expect(page.getByText('If somebody here has this address')).toBeVisible();
  await axe();
});

test('whoever comes makes an account by a letter, where anybody may', async ({ page, axe, shot }) => {
  await page.goto(studio.url + '/create');
  await page.getByRole('link', { name: 'Make an account' }).click();
  await expect(page.getByRole('heading', { name: 'Make an account' })).toBeVisible();
  await page.getByLabel('E-mail address').fill('kim@example.com');
  await axe();
  await shot('register');
  await page.getByRole('button', { name: 'Send the letter' }).click();
  await expect(page.getByText('A letter is on its way.')).toBeVisible();
  await page.goto(await studio.letterLink('registration'));
  await page.getByLabel('Your name').fill('Kim');
  await page.getByLabel('Password').fill('seven paper boats go north');
  await page.getByRole('button', { name: 'Create and begin' }).click();
  await expect(page).toHaveURL(/\/create$/);
});

test('where people are invited, signing in says nothing of registering', async ({ page }) => {
  await page.route('**/api/auth/session', (route) => route.fulfill({ json: { is_known: false, may_register: false } }));
  await page.goto(studio.url + '/create');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Make an account' })).toBeHidden();
});

test('a new address needs the link of its letter, and a spent one says so', async ({ page, guard, axe }) => {
  guard.allow(/status of 400|response 400: POST .*auth\/email/);
  await page.goto(studio.url + '/email');
  await expect(page.getByText('This needs the link of a letter.')).toBeVisible();
  await page.goto('about:blank');
  await page.goto(studio.url + '/email#token=01aaaaaaaaaaaaaaaaaaaaaaaaspent');
  await page.getByRole('button', { name: 'Confirm it' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await axe();
});
