import { makePictures, someWord } from './pictures';
import { expect, expectNoOverflow, test } from './studio';

const SCENES = ['a lighthouse in the fog', '月光下的燈塔，水彩', 'a lighthouse at noon', 'a lighthouse in snow'];

test('what was read before a picture was judged does not take the judgement back', async ({ page, request }) => {
  const word = someWord();
  await makePictures(request, [`a ${word} heron`]);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/api\/assets\?.*ids=/, async (route) => {
    const answer = await route.fetch();
    await held;
    await route.fulfill({ response: answer });
  });
  const read = page.waitForRequest(/\/api\/assets\?.*ids=/);
  await page.goto(`/library?q=${word}`);
  await read;
  await page.getByRole('option').first().focus();
  await page.keyboard.press('p');
  await expect(page.getByText('1 picture picked')).toBeVisible();
  const answered = page.waitForResponse(/\/api\/assets\?.*ids=/);
  release();
  await answered;
  await page.keyboard.press('Enter');
  // On wide screens the strip asks for a hundred frames at once.
  await expect(page.locator('img[src$="/file"]')).toHaveAttribute('fetchpriority', 'high');
  await expect(page.getByRole('group', { name: 'Judgement' }).getByRole('button', { name: 'Pick', exact: true })).toHaveAttribute('aria-pressed', 'true');
});

test('a picture is looked at nearer, its neighbours follow, and the grid is where it was', async ({ page, request, axe, shot }) => {
  const word = someWord();
  const ids: string[] = [];
  // One after another: which of several is ready first is a matter of chance.
  for (const scene of SCENES) ids.push(...(await makePictures(request, [`${scene} ${word}`], { seeds: ['7'], sizes: ['384x256'] })).ids);
  await page.goto(`/library?q=${word}`);
  const options = page.getByRole('option');
  await expect(options).toHaveCount(4);
  await options.nth(1).click();
  await expect(page).toHaveURL(new RegExp(`/library/i/${ids[2]}\\?q=${word}`));
  const viewer = page.getByRole('region', { name: 'Picture' });
  await expect(viewer.getByText('2 of 4')).toBeVisible();
  await expect(viewer.getByText(`a lighthouse at noon ${word}`).first()).toBeVisible();
  await expect(viewer.getByText('384 × 256')).toBeVisible();
  await expect(viewer.getByRole('link', { name: 'Use prompt' })).toHaveAttribute('href', `/create?from=${ids[2]}`);
  await expect(viewer.getByRole('link', { name: 'Use seed' })).toHaveAttribute('href', `/create?from=${ids[2]}&seed=7`);
  await expect(viewer.getByRole('link', { name: 'Vary' })).toHaveAttribute('href', `/create?from=${ids[2]}&wish=vary`);
  await expect(viewer.getByText('1 attempt')).toBeVisible();
  await axe();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(new RegExp(`/library/i/${ids[1]}`));
  await page.keyboard.press('Shift+Z');
  await expect(viewer.getByText('100 %')).toBeVisible();
  await page.keyboard.press('=');
  await expect(viewer.getByText('135 %')).toBeVisible();
  await page.keyboard.press('z');
  await expect(viewer.getByText(/ %$/)).toBeHidden();
  await page.mouse.move(500, 400);
  await page.mouse.wheel(0, -400);
  await expect(viewer.getByText(/ %$/)).toBeVisible();
  await page.keyboard.press('l');
  await shot('viewer-black');
  await viewer.getByRole('group', { name: 'Filmstrip' }).getByRole('button').last().click();
  await expect(page).toHaveURL(new RegExp(`/library/i/${ids[0]}`));
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(new RegExp(`/library\\?q=${word}$`));
  await expect(options.nth(3)).toBeFocused();
});

test('the original is downloaded as the provider sent it', async ({ page, request }) => {
  const word = someWord();
  const { ids } = await makePictures(request, [`a stamp ${word}`]);
  await page.goto(`/library/i/${ids[0]}`);
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download original' }).click()]);
  expect(saved.suggestedFilename()).toMatch(new RegExp(`^imageloom-${ids[0]}\\.(png|webp|jpeg)$`));
});

test('a picture that is not there says so', async ({ page, guard, axe }) => {
  guard.allow(/404|Failed to load resource/);
  await page.goto('/library/i/01arz3ndektsv4rrffq69g5fav');
  await expect(page.getByText('There is no such picture.')).toBeVisible();
  await axe();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible();
});

test('a blind vote tells which is which only when one is chosen, and picks it', async ({ page, request, axe, shot }) => {
  const word = someWord();
  const { ids } = await makePictures(request, [`a fox ${word}`, `a crow ${word}`, `a hare ${word}`]);
  await page.goto(`/library/compare?ids=${ids.join(',')}`);
  await page.getByRole('button', { name: 'Blind vote' }).click();
  await expect(page.getByRole('button', { name: 'Choose C' })).toBeVisible();
  await expect(page.getByText(word)).toHaveCount(0);
  await axe();
  await shot('compare-blind');
  await page.getByRole('button', { name: 'Choose B' }).click();
  await expect(page.getByText('chosen')).toBeVisible();
  await expect(page.getByText(`a crow ${word}`).first()).toBeVisible();
  await axe();
  await expect.poll(async () => (await (await request.get(`/api/assets?pick=pick&ids=${ids.join('&ids=')}`)).json()).items.length).toBe(1);
  await page.getByRole('button', { name: 'End the vote' }).click();
  await expect(page.getByRole('button', { name: 'Blind vote' })).toHaveAttribute('aria-pressed', 'false');
});

test('two pictures are compared in three ways, and only what differs is told', async ({ page, request, axe, shot }) => {
  const word = someWord();
  await makePictures(request, [`a fox ${word}`], { seeds: ['1-2'], sizes: ['384x256'] });
  await page.goto(`/library?q=${word}`);
  await expect(page.getByRole('option')).toHaveCount(2);
  await page.getByRole('option').first().focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('c');
  await expect(page.getByRole('heading', { level: 1, name: 'Compare' })).toBeVisible();
  const table = page.getByRole('table', { name: 'What differs' });
  await expect(table.getByRole('rowheader')).toHaveText(['Seed']);
  await expect(page.getByRole('img', { name: `a fox ${word}` })).toHaveCount(2);
  await axe();
  await shot('compare-side');
  const slider = page.getByRole('region', { name: 'Compare' }).getByRole('slider');
  await page.keyboard.press('2');
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveValue('51');
  await axe();
  await shot('compare-slider');
  await page.getByRole('radio', { name: 'Blink' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await axe();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(new RegExp(`/library\\?q=${word}$`));
});

test('many are surveyed together', async ({ page, request, axe, shot }) => {
  const word = someWord();
  const { ids } = await makePictures(request, SCENES.map((scene) => `${scene} ${word}`));
  await page.goto(`/library/compare?ids=${ids.join(',')}`);
  await expect(page.getByRole('figure')).toHaveCount(4);
  await axe();
  await shot('compare-survey');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true, colorScheme: 'dark', locale: 'zh-TW' });

  test('pictures are opened by a tap and chosen after asking for it', async ({ page, request, axe, shot }) => {
    const word = someWord();
    await makePictures(request, SCENES.map((scene) => `${scene} ${word}`), { sizes: ['384x256', '256x384'] });
    await page.goto(`/library?q=${word}`);
    const options = page.getByRole('option');
    await expect(options).toHaveCount(8);
    await page.getByRole('button', { name: '選取圖片' }).tap();
    await options.nth(0).tap();
    await options.nth(1).tap();
    await expect(page.getByText('已選取 2 張')).toBeVisible();
    await expectNoOverflow(page);
    await axe();
    await shot('library-phone-choosing');
    await page.getByRole('button', { name: '清除選取' }).tap();
    await options.nth(2).tap();
    await expect(page.getByRole('region', { name: '圖片' })).toBeVisible();
    await page.getByRole('button', { name: '詳細資料' }).tap();
    await expectNoOverflow(page);
    await axe();
    await shot('viewer-phone');
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`${colorScheme}`, () => {
    test.use({ colorScheme, locale: colorScheme === 'light' ? 'en-US' : 'zh-TW' });
    test('the viewer is whole', async ({ page, request, axe, shot }) => {
      const word = someWord();
      const { ids } = await makePictures(request, SCENES.map((scene) => `${scene} ${word}`), { sizes: ['768x512', '512x768'], seeds: ['11'] });
      await page.goto(`/library/i/${ids[3]}?q=${word}`);
      await expect(page.locator('aside').getByText('768 × 512').or(page.locator('aside').getByText('512 × 768'))).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectNoOverflow(page);
      await axe();
      await shot(`viewer-${colorScheme}`);
    });
  });
}
