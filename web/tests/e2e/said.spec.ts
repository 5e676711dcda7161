import { expect, type OwnStudio, test } from './own-studio';
import { expectNoOverflow } from './studio';

const SMALL = { models: ['illustrator/scene-1'], sizes: ['256x192'] };
const LINES = Array.from({ length: 400 }, (_, place) => `山間的茶屋 ${place + 1}`);
const UNKNOWN = '01K00000000000000000000000';
const LOOKS = [
  { name: 'zh-wide', colorScheme: 'light', locale: 'zh-TW', width: 1440 },
  { name: 'zh-phone', colorScheme: 'dark', locale: 'zh-TW', width: 375 },
] as const;

// One after the other, on one server of their own.
test.describe.configure({ mode: 'default', timeout: 90_000 });

async function paused(studio: OwnStudio, name: string): Promise<string> {
  const id = await studio.submit(LINES, SMALL, { name });
  await studio.call('POST', `/api/batches/${id}/pause`);
  return id;
}

for (const { name, colorScheme, locale, width } of LOOKS) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });

    test('a batch says in the language of the page why it waits', async ({ page, studio, axe, shot }) => {
      const id = await paused(studio, `茶屋 ${name}`);
      await page.goto(`/batches/${id}`);
      await expect(page.getByText('已手動暫停。')).toBeVisible();
      await expect(page.getByText('Paused by a person.')).toHaveCount(0);
      await expectNoOverflow(page);
      await axe();
      await shot(`said-paused-${name}`);
      await studio.call('POST', `/api/batches/${id}/cancel`);
      await page.goto('/batches');
      await expect(page.getByRole('link', { name: new RegExp(`茶屋 ${name}.*已手動取消。`) })).toBeVisible();
      await shot(`said-cancelled-${name}`);
    });

    test('a problem is told in the language of the page, with its way out', async ({ page, guard, axe, shot }) => {
      guard.allow(/status of 404|response 404/);
      await page.goto(`/batches/${UNKNOWN}`);
      await expect(page.getByRole('alert').getByText('找不到你要的內容。')).toBeVisible();
      await expect(page.getByRole('alert').getByText('沒有這個批次。')).toBeVisible();
      await expectNoOverflow(page);
      await axe();
      await shot(`said-problem-${name}`);
    });
  });
}

test('what was shown in English before the words came is shown anew', async ({ page, studio }) => {
  const id = await paused(studio, 'Late words');
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.addInitScript(() => localStorage.setItem('imageloom.preferences', JSON.stringify({ locale: 'ja' })));
  await page.route(/\/assets\/ja-[\w-]+\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/batches/${id}`);
  const english = page.getByText('Paused by a person.');
  await expect(english).toBeVisible();
  release();
  await expect(page.getByText('手動で一時停止しました。')).toBeVisible();
  await expect(english).toHaveCount(0);
  await studio.call('POST', `/api/batches/${id}/cancel`);
});
