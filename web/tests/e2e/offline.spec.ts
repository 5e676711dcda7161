import { expect, test } from './own-studio';
import { generate, write } from './writing';

// The worker that keeps the page is allowed here alone: it asks the server in its own name, past what tests watch.
test.use({ serviceWorkers: 'allow' });
test.describe.configure({ mode: 'default', timeout: 90_000 });

const SMALL = { models: ['illustrator/scene-1'], sizes: ['256x192'] };

test('the page opens without its server, with the pictures that were looked at last', async ({ page, studio, guard, shot }) => {
  guard.allow(/ERR_FAILED|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|503/);
  await studio.submit(['a red fox in the snow', 'a harbour at dawn', 'a lighthouse in fog'], SMALL, { name: 'Kept' });
  await page.goto('/create');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  // From here on the worker is between the page and the server.
  await page.goto('/library');
  await expect(page.locator('main img')).toHaveCount(3, { timeout: 30_000 });
  await page.reload();
  await expect(page.locator('main img')).toHaveCount(3);
  await shown(page);
  await studio.kill();
  await page.reload();
  await expect(page.getByText('The server does not answer.')).toBeVisible();
  await expect(page.locator('main img')).toHaveCount(3);
  await shown(page);
  await shot('library-offline');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await studio.start();
  await expect(page.getByText('The server does not answer.')).toBeHidden();
});

test('what is submitted while the server is away waits, and is made once when it is back', async ({ page, studio, guard, shot }) => {
  guard.allow(/ERR_FAILED|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|503/);
  await page.goto('/create');
  await write(page, 'a heron that waits');
  await expect(generate(page)).toHaveText('Generate 1 picture');
  await expect(generate(page)).toBeEnabled();
  await studio.kill();
  await generate(page).click();
  await expect(page.getByText('“a heron that waits” waits for the server')).toBeVisible();
  await generate(page).click();
  await expect(page.getByText('“a heron that waits” waits for the server')).toHaveCount(1);
  await shot('create-waiting');
  await page.reload();
  await expect(page.getByText('“a heron that waits” waits for the server')).toBeVisible();
  await studio.start();
  await expect(page.getByText('What waited for the server is being made: a heron that waits')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('“a heron that waits” waits for the server')).toBeHidden();
  const { items } = await studio.call<{ items: { name: string }[] }>('GET', '/api/batches');
  expect(items.filter(({ name }) => name === 'a heron that waits')).toHaveLength(1);
});

test('the page can be installed', async ({ page, studio }) => {
  await page.goto('/create');
  const address = await page.locator('link[rel="manifest"]').getAttribute('href');
  const answer = await page.request.get(studio.url + (address ?? ''));
  expect(answer.headers()['content-type']).toContain('application/manifest+json');
  const { icons, start_url } = (await answer.json()) as { icons: { src: string; sizes: string }[]; start_url: string };
  expect(start_url).toBe('/create');
  for (const { src } of icons) expect((await page.request.get(studio.url + src)).ok(), src).toBe(true);
  expect(icons.map(({ sizes }) => sizes)).toContain('512x512');
});

test('nothing of what was seen stays on the device of who signs out', async ({ page }) => {
  await page.goto('/library');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await expect(page.locator('main img').first()).toBeVisible();
  await expect.poll(() => page.evaluate(() => caches.has('said'))).toBe(true);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect.poll(() => page.evaluate(async () => (await caches.keys()).filter((name) => !name.startsWith('shell-')))).toEqual([]);
});

async function shown(page: import('@playwright/test').Page): Promise<void> {
  await expect.poll(() => page.locator('main img').evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth > 0))).toBe(true);
}
