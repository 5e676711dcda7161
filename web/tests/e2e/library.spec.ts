import { makePictures, someWord } from './pictures';
import { expect, expectNoOverflow, test } from './studio';

const SCENES = ['a red lantern on the quay', '月光下的燈塔，水彩', 'a fox asleep in fresh snow', 'paper boats on a slow river', '雨後的老街', 'a greenhouse at dawn'];
const SIZES = { sizes: ['192x128', '128x192', '160x160'] };

test('pictures are found by their words in every script, and filters are taken off again', async ({ page, request, axe }) => {
  const word = someWord();
  await makePictures(request, SCENES.map((scene) => `${scene} ${word}`));
  await page.goto('/library');
  const grid = page.getByRole('listbox', { name: 'Pictures' });
  await expect(grid.getByRole('option').first()).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type(`${word} 燈塔`);
  await expect(page).toHaveURL(/q=/);
  await expect(grid.getByRole('option')).toHaveCount(1);
  await expect(grid.getByRole('option', { name: /002 月光下的燈塔/ })).toBeVisible();
  await expect(page.getByText('1 picture', { exact: true })).toBeVisible();
  await axe();
  await page.getByRole('button', { name: /^Remove Words/ }).click();
  await expect(page).not.toHaveURL(/q=/);
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await page.getByRole('searchbox').fill('no picture is called this');
  await expect(page.getByRole('heading', { name: 'No picture is like that' })).toBeVisible();
  await axe();
  await page.goBack();
  await expect(grid.getByRole('option').first()).toBeVisible();
});

test('the keyboard alone chooses, and every action names how many', async ({ page, request, axe, shot }) => {
  const word = someWord();
  await makePictures(request, SCENES.map((scene) => `${scene} ${word}`), SIZES);
  await page.goto(`/library?q=${word}`);
  const options = page.getByRole('option');
  await expect(options).toHaveCount(18);
  await expect(options.first()).toHaveAttribute('aria-setsize', '18');
  await options.first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(options.nth(1)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  const bar = page.getByRole('region', { name: 'Selection' });
  await expect(bar.getByText('3 selected')).toBeVisible();
  await expect(bar.getByRole('button', { name: 'Download 3' })).toBeEnabled();
  await axe();
  await shot('library-selected');
  await page.keyboard.press('Control+a');
  await expect(bar.getByText('18 selected')).toBeVisible();
  await expect(bar.getByRole('button', { name: 'Compare' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(bar).toBeHidden();
  await page.keyboard.press('End');
  await expect(options.last()).toBeFocused();
  await page.keyboard.press('Home');
  await expect(options.first()).toBeFocused();
});

test('the pointer chooses, and one menu serves every frame', async ({ page, request, axe, shot }) => {
  const word = someWord();
  const { batch } = await makePictures(request, SCENES.map((scene) => `${scene} ${word}`), SIZES);
  await page.goto(`/library?q=${word}`);
  const options = page.getByRole('option');
  await expect(options).toHaveCount(18);
  await options.nth(0).click({ modifiers: ['Control'] });
  await options.nth(4).click({ modifiers: ['Shift'] });
  await expect(page.getByText('5 selected')).toBeVisible();
  await options.nth(2).click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Download 5' })).toBeVisible();
  await axe();
  await shot('library-menu');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Download 5' }).click()]);
  expect(saved.suggestedFilename()).toBe('pictures.zip');
  await expect(page.getByText('5 selected')).toBeVisible();
  await options.nth(9).click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Download', exact: true })).toBeVisible();
  await page.getByRole('menuitem', { name: 'Only this batch' }).click();
  await expect(page).toHaveURL(new RegExp(`batch=${batch}`));
  await expect(page.getByRole('list', { name: 'Filters' })).toContainText('Batch:');
  await page.goBack();
  await expect(options).toHaveCount(18);
});

test('a list that cannot be read says so and is read again', async ({ page, request, guard, axe }) => {
  guard.allow(/columns|Failed to load resource/);
  const word = someWord();
  await makePictures(request, [`a kite ${word}`]);
  const problem = { type: 'about:blank', title: 'The database is away', status: 500, detail: 'It comes back.', code: 'away' };
  await page.route('**/api/assets/columns*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem }));
  await page.goto(`/library?q=${word}`);
  await expect(page.getByRole('heading', { name: 'The database is away' })).toBeVisible();
  await axe();
  await page.unroute('**/api/assets/columns*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('option')).toHaveCount(1);
});

test('what was made meanwhile appears by itself', async ({ page, request }) => {
  const word = someWord();
  await makePictures(request, [`a kite ${word}`]);
  await page.goto(`/library?q=${word}`);
  await expect(page.getByRole('option')).toHaveCount(1);
  await makePictures(request, [`another kite ${word}`]);
  await expect(page.getByRole('option')).toHaveCount(2, { timeout: 15_000 });
  await expect(page.getByRole('option').first()).toHaveAccessibleName(/another kite/);
});

for (const [colorScheme, locale, width, height] of [
  ['light', 'en-US', 1440, 900],
  ['dark', 'zh-TW', 1440, 900],
  ['light', 'zh-TW', 375, 812],
  ['dark', 'ja-JP', 375, 812],
] as const) {
  test.describe(`${colorScheme} ${locale} ${width}`, () => {
    test.use({ colorScheme, locale, viewport: { width, height } });
    test('the sheet is whole', async ({ page, request, axe, shot }) => {
      const word = someWord();
      await makePictures(request, SCENES.map((scene) => `${scene} ${word}`), { sizes: ['384x256', '256x384', '320x320', '512x256'] });
      await page.goto(`/library?q=${word}`);
      await expect(page.getByRole('option').first()).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectNoOverflow(page);
      await axe();
      await shot(`library-full-${colorScheme}-${locale}-${width}`);
    });
  });
}
