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
  await expect(bar.getByRole('button', { name: 'Take 3 away …' })).toBeEnabled();
  await expect(bar.getByRole('button', { name: 'Compare 3' })).toBeEnabled();
  await axe();
  await shot('library-selected');
  await page.keyboard.press('Control+a');
  await expect(bar.getByText('18 selected')).toBeVisible();
  await expect(bar.getByRole('button', { name: /^Compare/ })).toBeDisabled();
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
  await expect(page.getByRole('menuitem', { name: 'Take 5 away …' })).toBeVisible();
  await axe();
  await shot('library-menu');
  await page.getByRole('menuitem', { name: 'Take 5 away …' }).click();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').getByRole('button', { name: 'Download 5 pictures' }).click()]);
  expect(saved.suggestedFilename()).toMatch(/\.zip$/);
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

test('pictures are judged, put on a board, thrown away and brought back, by keys alone and by dragging', async ({ page, request, axe, shot }) => {
  const word = someWord();
  await makePictures(request, SCENES.map((scene) => `${scene} ${word}`));
  await page.goto(`/library?q=${word}`);
  const options = page.getByRole('option');
  await expect(options).toHaveCount(6);
  await options.first().focus();
  await page.keyboard.press('p');
  await expect(options.first()).toHaveAccessibleName(/Picked/);
  await page.keyboard.press('4');
  await expect(options.first()).toHaveAccessibleName(/4 stars/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('x');
  await expect(options.nth(1)).toHaveAccessibleName(/Rejected/);
  await page.keyboard.press('u');
  await expect(options.nth(1)).not.toHaveAccessibleName(/Rejected/);
  await page.keyboard.press('Control+z');
  await expect(options.nth(1)).toHaveAccessibleName(/Rejected/);

  await options.nth(2).click({ modifiers: ['Control'] });
  await options.nth(4).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('region', { name: 'Selection' });
  await bar.getByRole('button', { name: 'Pick 3' }).click();
  await expect(page.getByText('3 pictures picked').first()).toBeVisible();
  await axe();
  await shot('library-judged');
  await bar.getByRole('button', { name: 'Labels of 3' }).click();
  await page.getByRole('dialog', { name: 'Labels of 3' }).getByRole('combobox', { name: 'Labels' }).fill(`${word}, 月光`);
  await page.getByRole('dialog', { name: 'Labels of 3' }).getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText('Labels of 3 pictures changed').first()).toBeVisible();
  await page.getByRole('button', { name: 'Judgement', exact: true }).click();
  await page.getByRole('menuitemradio', { name: word }).click();
  await expect(page).toHaveURL(/label=/);
  await expect(options).toHaveCount(3);
  await page.getByRole('button', { name: `Remove Label: ${word}` }).click();
  await page.goto(`/library?q=${word}&pick=pick&rating=4`);
  await expect(options).toHaveCount(1);
  await expect(page.getByRole('list', { name: 'Filters' })).toContainText('4 stars or more');

  await page.goto(`/library?q=${word}`);
  await expect(options).toHaveCount(6);
  await options.first().focus();
  await page.keyboard.press('b');
  await page.getByRole('dialog', { name: '1 picture on a board' }).getByRole('textbox', { name: 'New board' }).fill(`Board ${word}`);
  await page.getByRole('button', { name: 'Create and add' }).click();
  const places = page.getByRole('navigation', { name: 'Places' });
  const board = places.getByRole('link', { name: `Board ${word}` });
  await expect(board).toHaveAccessibleName(/ 1 picture$/);
  const file = await options.nth(3).evaluate((frame) => {
    const dataTransfer = new DataTransfer();
    frame.dispatchEvent(new DragEvent('dragstart', { dataTransfer, bubbles: true }));
    return dataTransfer.getData('DownloadURL');
  });
  const [, kind, name, place] = /^(image\/\w+):([^:]+):(.+)$/.exec(file) ?? [];
  const answer = await request.get(place ?? '');
  expect(answer.headers()['content-type']).toBe(kind);
  expect(name).toMatch(/^imageloom-\w{26}\.\w+$/);
  await options.nth(3).dragTo(board);
  await expect(board).toHaveAccessibleName(/ 2 pictures$/);
  await shot('library-boards');
  await board.click();
  await expect(page.getByRole('heading', { name: `Board ${word}`, exact: true })).toBeVisible();
  await expect(options).toHaveCount(2);
  const second = await options.nth(1).getAttribute('aria-label');
  await options.nth(1).focus();
  await page.keyboard.press(',');
  await expect(options.first()).toHaveAttribute('aria-label', second ?? '');
  await options.nth(1).dragTo(options.first());
  await expect(options.nth(1)).toHaveAttribute('aria-label', second ?? '');
  await axe();
  await shot('library-board');

  await page.goto(`/library?q=${word}`);
  await expect(options).toHaveCount(6);
  await options.first().focus();
  await page.keyboard.press('Delete');
  await expect(options).toHaveCount(5);
  await page.getByRole('dialog', { name: '1 picture is in the trash' }).getByRole('button', { name: 'Undo' }).first().click();
  await expect(options).toHaveCount(6);
  await options.first().click({ modifiers: ['Control'] });
  await bar.getByRole('button', { name: 'Trash 1' }).click();
  await expect(options).toHaveCount(5);
  await page.goto(`/library?q=${word}&trash=true`);
  await expect(options).toHaveCount(1);
  await expect(page.getByText(/deleted for good 30 days after/)).toBeVisible();
  await axe();
  await shot('library-trash');
  await options.first().click({ modifiers: ['Control'] });
  await bar.getByRole('button', { name: 'Restore 1' }).click();
  await expect(page.getByRole('heading', { name: 'No picture is like that' })).toBeVisible();
  await page.goto(`/library?q=${word}`);
  await expect(options).toHaveCount(6);
  await options.first().focus();
  await page.keyboard.press('Delete');
  await expect(options).toHaveCount(5);
  await page.goto(`/library?q=${word}&trash=true`);
  await options.first().click({ modifiers: ['Control'] });
  await bar.getByRole('button', { name: 'Delete 1 for good' }).click();
  await axe();
  await shot('library-for-good');
  await page.getByRole('dialog', { name: 'Delete 1 picture for good?' }).getByRole('button', { name: 'Delete 1 for good' }).click();
  await expect(page.getByText('1 picture deleted for good').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No picture is like that' })).toBeVisible();

  await page.goto(`/library?q=${word}`);
  await options.first().click();
  const judge = page.getByRole('group', { name: 'Judgement' });
  await expect(judge).toBeVisible();
  await page.keyboard.press('5');
  await page.keyboard.press('p');
  await expect(judge.getByRole('button', { name: 'Rate 5 stars' })).toHaveAttribute('aria-pressed', 'true');
  await expect(judge.getByRole('button', { name: 'Pick', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await axe();
  await shot('viewer-judged');
  await page.keyboard.press('Delete');
  await expect(page.getByText('1 picture is in the trash').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(options).toHaveCount(4);
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
