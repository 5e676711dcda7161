import { crc32 } from 'node:zlib';

import type { Locator, Page } from '@playwright/test';

import { expect, type OwnStudio, test } from './own-studio';
import { makePictures } from './pictures';
import { expectNoOverflow } from './studio';
import { choose, generate, lines, write } from './writing';

const LINES = 10_000;
const SHEET_BYTES = 50_000_000;
/** What a server accepts, unless it is set up otherwise. */
const LARGEST_BYTES = 64_000_000;
const HEAP_BYTES = 100 * 1024 * 1024;
/** Places where pictures are. */
const PICTURED = new Set(['batch', 'library', 'viewer']);
/** A telephone in the third generation's net. */
const SLOW = { offline: false, latency: 300, downloadThroughput: 200_000, uploadThroughput: 100_000 };
const EVIL = '<img src=x onerror="globalThis.hit=1"><script>globalThis.hit=2</script><b>bold</b>';

test.describe.configure({ mode: 'default', timeout: 120_000 });

/** What a page holds after everything that nobody needs has been thrown away. */
async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

/** A key whose lane somebody has paused: what is submitted for it waits. */
async function ensureHalted(studio: OwnStudio): Promise<void> {
  const lanes = async () => (await studio.call<{ id: string; provider: string }[]>('GET', '/api/lanes')).filter(({ provider }) => provider === 'openai');
  if ((await lanes()).length > 0) return;
  await studio.addKey();
  await studio.submit(['the first'], {}, { name: 'The first' });
  const [lane] = await lanes();
  await studio.call('POST', `/api/lanes/${lane?.id}/pause`);
}

test('ten thousand lines are pasted, written in, counted, priced and submitted', async ({ page, context, studio, shot }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: studio.url });
  await ensureHalted(studio);
  await page.goto('/create');
  await write(page, '');
  await choose(page, 'GPT Image 2');
  const text = Array.from({ length: LINES }, (_, place) => `a harbour at dawn with boats, seen from hill number ${place + 1}`).join('\n');
  await page.evaluate((words) => navigator.clipboard.writeText(words), text);
  await lines(page).click();
  await page.keyboard.press('Control+v');
  await expect(page.getByText('10,000 lines')).toBeVisible();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(', in autumn rain');
  await expect(page.locator('.cm-line').last()).toHaveText(/number 10000, in autumn rain$/);
  // The model that was there, and the one that was added.
  await expect(generate(page)).toHaveText('Generate 20,000 pictures', { timeout: 30_000 });
  await expect(page.getByRole('region', { name: 'Pictures and cost' })).toContainText('$');
  await shot('strain-lines');
  await page.reload();
  await expect(page.getByText('10,000 lines')).toBeVisible();
  await page.getByRole('button', { name: 'Remove Illustrator Scene' }).or(page.getByRole('button', { name: /^Remove .*llustrator/ })).first().click();
  await expect(generate(page)).toHaveText('Generate 10,000 pictures', { timeout: 30_000 });
  await expect(generate(page)).toBeEnabled();
  await generate(page).click();
  await expect(page).toHaveURL(/\/batches\/[^/]+/, { timeout: 30_000 });
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await expect.poll(async () => (await studio.call<{ counts: { pending: number } }>('GET', `/api/batches/${id}`)).counts.pending).toBe(LINES);
  await expect(page.getByRole('button', { name: '1 waiting', exact: true })).toBeVisible();
  await studio.call('POST', `/api/batches/${id}/cancel`);
});

/** Drops a file of so many bytes, made in the page, on Create. */
async function dropSheet(page: Page, name: string, bytes: number): Promise<void> {
  const data = await page.evaluateHandle(
    ([called, size]) => {
      const row = `heron,a lake under ${'slow '.repeat(30)}rain\n`;
      const block = row.repeat(Math.floor(1_000_000 / row.length));
      const parts = ['animal,place\n', ...Array.from({ length: Math.floor(size / block.length) }, () => block)];
      const transfer = new DataTransfer();
      transfer.items.add(new File(parts, called, { type: 'text/csv' }));
      return transfer;
    },
    [name, bytes] as const,
  );
  await page.getByRole('heading', { level: 1 }).dispatchEvent('drop', { dataTransfer: data });
  await data.dispose();
}

test('a sheet of 50 MB is dropped, and the page goes on', async ({ page, shot }) => {
  await page.goto('/create');
  await expect(generate(page)).toBeEnabled();
  await dropSheet(page, 'large.csv', SHEET_BYTES);
  await expect(page.getByRole('progressbar', { name: /large\.csv/ })).toBeVisible();
  await shot('strain-sheet-sending');
  // Meanwhile everything else goes on.
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByLabel('How a row becomes a prompt')).toHaveValue('{{animal}}', { timeout: 60_000 });
  await expect(page.getByRole('progressbar', { name: /large\.csv/ })).toBeHidden();
  await expect(page.getByText(/^2\d\d,\d{3} rows$/)).toBeVisible();
  await expect(generate(page)).toHaveText(/Generate 2\d\d,\d{3} pictures/, { timeout: 60_000 });
  expect(await heapBytes(page)).toBeLessThan(HEAP_BYTES);
  await shot('strain-sheet');
});

test('a sheet that is larger than the server takes is refused in words, and one can be stopped', async ({ page, context, guard, shot }) => {
  guard.allow(/status of 413|response 413: POST .*\/api\/sheets/);
  await page.goto('/create');
  await expect(generate(page)).toBeEnabled();
  await dropSheet(page, 'too-large.csv', LARGEST_BYTES + 2_000_000);
  await expect(page.getByText('too-large.csv could not be read').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/64000000 bytes/).first()).toBeVisible();
  await shot('strain-sheet-too-large');
  const session = await context.newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', SLOW);
  await dropSheet(page, 'slow.csv', 5_000_000);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByRole('progressbar', { name: /slow\.csv/ })).toBeHidden();
  await expect(page.locator('.cm-content')).toBeVisible();
});

test('on a slow network something is there from the beginning, and nothing fails', async ({ page, context, shot }) => {
  await makePictures(page.request, ['a heron in reeds', 'a stork on a chimney', 'two cats by a window']);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', SLOW);
  await page.goto('/create', { waitUntil: 'commit' });
  await expect(page.locator('[data-boot]')).toBeVisible();
  await shot('strain-slow-first');
  await expect(generate(page)).toBeEnabled({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Library' }).click();
  await expect(page.getByRole('status', { name: 'Loading' }).or(page.getByText('Loading')).or(page.getByRole('option')).first()).toBeVisible();
  await shot('strain-slow-library');
  await expect(page.getByRole('option')).toHaveCount(3, { timeout: 30_000 });
  await expect.poll(() => page.locator('[role=option] img').evaluateAll((all) => all.filter((one) => (one as HTMLImageElement).naturalWidth > 0).length), { timeout: 30_000 }).toBe(3);
  await page.getByRole('option').first().click();
  await expect(page.getByRole('heading', { name: 'Prompt' })).toBeVisible({ timeout: 30_000 });
});

/** A picture that says of itself what its writer wanted. */
async function labelled(studio: OwnStudio, asset: string): Promise<Buffer> {
  const answer = await fetch(`${studio.url}/api/assets/${asset}/file`, { headers: { Authorization: `Bearer ${studio.token}` } });
  const picture = Buffer.from(await answer.arrayBuffer());
  const body = Buffer.concat([Buffer.from('tEXtparameters\0'), Buffer.from(`${EVIL}\nSteps: 20, Sampler: ${EVIL}, Seed: 7, Model: ${EVIL}`, 'latin1')]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  sum.writeUInt32BE(crc32(body));
  // Behind the header, which is 25 bytes after the signature.
  return Buffer.concat([picture.subarray(0, 33), length, body, sum, picture.subarray(33)]);
}

async function expectOnlyText(page: Page, where: Locator): Promise<void> {
  await expect(where.getByText('globalThis.hit=2').first()).toBeVisible();
  expect(await page.evaluate(() => (globalThis as unknown as { hit?: number }).hit)).toBeUndefined();
  expect(await page.locator('img[src="x"], main b').count()).toBe(0);
}

test('tags and scripts in prompts, names and metadata are text everywhere', async ({ page, studio }) => {
  const { batch, ids } = await makePictures(page.request, [EVIL, `${EVIL} again`], {});
  const named = await studio.submit([EVIL], { models: ['illustrator/scene-1'], sizes: ['192x128'], qualities: [] }, { name: EVIL });
  const main = page.getByRole('main');
  await page.goto('/batches');
  await expectOnlyText(page, main);
  await page.goto(`/batches/${named}`);
  await expectOnlyText(page, main);
  await page.goto(`/batches/${batch}?view=list`);
  await expectOnlyText(page, main);
  await main.getByRole('button', { name: /globalThis/ }).first().click();
  await expectOnlyText(page, page.getByRole('dialog'));
  await page.goto(`/library/i/${ids[0]}`);
  await expectOnlyText(page, main);
  await page.goto(`/library/compare?ids=${ids.join(',')}`);
  await expect(page.locator('main img').first()).toBeVisible();
  await expectOnlyText(page, page.locator('body'));
  const buffer = await labelled(studio, ids[0] ?? '');
  const uploaded = await page.request.post('/api/assets', { multipart: { file: { name: `${EVIL.replaceAll('/', '')}.png`, mimeType: 'image/png', buffer } } });
  expect(uploaded.ok(), await uploaded.text()).toBe(true);
  const { id } = (await uploaded.json()) as { id: string };
  await page.goto(`/library/i/${id}`);
  await expectOnlyText(page, main);
  await page.goto('/create');
  await write(page, EVIL);
  await page.getByRole('button', { name: 'Show prompts' }).click();
  await expectOnlyText(page, page.getByRole('dialog'));
  await page.keyboard.press('Escape');
  await page.getByLabel('Upload a sheet').setInputFiles({ name: `${EVIL.replaceAll('/', '')}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`"${EVIL.replaceAll('"', "'")}"\n"${EVIL.replaceAll('"', "'")}"\n`) });
  await expectOnlyText(page, main);
});

test('two tabs change the same batch that waits, and neither overwrites what the other has not seen', async ({ page, context, studio }) => {
  await ensureHalted(studio);
  const id = await studio.submit(['a harbour one', 'a harbour two', 'a harbour three'], {}, { name: 'Shared' });
  const other = await context.newPage();
  const dialogs: Locator[] = [];
  for (const tab of [page, other]) {
    await tab.goto(`/batches/${id}`);
    await tab.getByRole('main').getByRole('button', { name: 'More', exact: true }).click();
    await tab.getByRole('menuitem', { name: /Edit what waits/ }).click();
    const dialog = tab.getByRole('dialog', { name: 'Edit what waits' });
    await dialog.getByRole('button', { name: 'Find and replace' }).click();
    await dialog.getByLabel('Find', { exact: true }).fill('harbour');
    await dialog.getByLabel('Replace with').fill(tab === page ? 'pier' : 'quay');
    await expect(dialog.getByText('3 changed').first()).toBeVisible();
    dialogs.push(dialog);
  }
  const [mine, theirs] = dialogs as [Locator, Locator];
  await mine.getByRole('button', { name: /^Change 3/ }).click();
  await expect(mine).toBeHidden();
  await theirs.getByRole('button', { name: /^Change 3/ }).click();
  // What was shown is no longer so: it is said, and shown anew.
  await expect(theirs.getByLabel('Replace with')).toHaveValue('quay');
  await expect(theirs.getByText(/changed/i).first()).toBeVisible();
  const prompts = async () => (await studio.call<{ items: { prompt: string }[] }>('GET', `/api/batches/${id}/items`)).items.map(({ prompt }) => prompt);
  expect(await prompts()).toEqual(['a pier one', 'a pier two', 'a pier three']);
  await theirs.getByLabel('Find', { exact: true }).fill('pier');
  await theirs.getByRole('button', { name: /^Change 3/ }).click();
  await expect(theirs).toBeHidden();
  expect(await prompts()).toEqual(['a quay one', 'a quay two', 'a quay three']);
  await other.close();
});

test.describe('on the largest screens', () => {
  test.use({ viewport: { width: 3840, height: 2160 } });

  test('the width is used, and no line is too long to be read', async ({ page, shot }) => {
    const subjects = ['a red fox in the snow', 'a harbour at dawn', 'a lighthouse in fog', 'two cats by a window', '山間的茶屋', '夜市的燈籠'];
    const { batch, ids } = await makePictures(page.request, Array.from({ length: 60 }, (_, place) => `${subjects[place % 6]} ${place + 1}`), { sizes: ['256x192', '192x256'] });
    for (const [name, place] of Object.entries({ create: '/create', batches: '/batches', batch: `/batches/${batch}`, library: '/library', viewer: `/library/i/${ids[0]}`, models: '/models', settings: '/settings/general' })) {
      await page.goto(place);
      await page.getByRole('heading', { level: 1 }).waitFor();
      // A batch that is followed is never silent: its pictures are waited for.
      if (PICTURED.has(name)) await page.locator('main img').first().waitFor();
      await page.waitForFunction(() => [...document.images].every((one) => one.complete));
      await expectNoOverflow(page);
      await shot(`strain-4k-${name}`);
    }
  });
});
