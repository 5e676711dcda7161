import { expect, expectNoOverflow, test } from './studio';
import { choose, generate, lines, write } from './writing';

test('the first click of a new installation makes pictures, without a key', async ({ page, request, axe, shot }) => {
  await page.goto('/');
  await expect(generate(page)).toHaveText('Generate 6 pictures');
  await expect(page.getByText('Free', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('main').getByRole('link', { name: 'Add a key' })).toHaveAttribute('href', '/models?tab=keys');
  await axe();
  await shot('create-first');
  await generate(page).click();
  await expect(page).toHaveURL(/\/batches\/[^/]+/);
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await expect
    .poll(async () => (await (await request.get(`/api/batches/${id}`)).json()).counts.done, { timeout: 45_000 })
    .toBe(6);
});

test('what was written outlives the page', async ({ page }) => {
  await page.goto('/create');
  await write(page, 'a heron\na stork');
  await expect(generate(page)).toHaveText('Generate 2 pictures');
  await page.reload();
  await expect(generate(page)).toHaveText('Generate 2 pictures');
  await expect(page.locator('.cm-content')).toContainText('a stork');
});

test('a number that is no more is not on the button that spends', async ({ page }) => {
  await page.goto('/create');
  await write(page, 'a heron\na stork');
  await expect(generate(page)).toHaveText('Generate 2 pictures');
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/estimates', async (route) => {
    await held;
    await route.continue();
  });
  await write(page, 'a heron\na stork\na crane');
  await expect(generate(page)).toHaveText('Generate');
  answer();
  await expect(generate(page)).toHaveText('Generate 3 pictures');
});

test('a line that cannot be read says so where it stands, and nothing is made', async ({ page, axe, shot }) => {
  await page.goto('/create');
  await write(page, 'a heron\n\na {cat|dog\na stork');
  await expect(page.locator('.cm-problem')).toContainText('brace is not closed');
  await expect(generate(page)).toBeDisabled();
  await expect(page.getByText('1 thing must be put right first')).toBeVisible();
  await axe();
  await shot('create-problem');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.insertText('}');
  await expect(page.locator('.cm-problem')).toBeHidden();
  await expect(generate(page)).toHaveText('Generate 3 pictures');
});

test('the count and the price follow every choice, and an unknown price is not nothing', async ({ page, axe, shot }) => {
  await page.goto('/create');
  await write(page, 'a heron\na stork');
  await choose(page, 'GPT Image 2');
  await expect(generate(page)).toHaveText('Generate 4 pictures');
  await page.getByLabel('Pictures each').fill('3');
  await expect(generate(page)).toHaveText('Generate 12 pictures');
  await expect(page.getByRole('region', { name: 'Pictures and cost' })).toContainText('$');
  await page.getByRole('button', { name: /3:2/ }).click();
  await expect(generate(page)).toHaveText('Generate 24 pictures');
  await choose(page, 'Stable Diffusion XL');
  // All of Stable Diffusion XL, and those of GPT Image 2 in 3:2, of which no line of the price book says anything.
  await expect(page.getByText('plus 18 of unknown price')).toBeVisible();
  await expect(page.getByText('wait until there is a key')).toBeVisible();
  await axe();
  await shot('create-compare');
});

test('the prompts can be seen as they will be sent', async ({ page, axe, shot }) => {
  await page.goto('/create');
  await write(page, 'a {red|blue} door');
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Choices in prompts' }).click();
  await page.getByRole('option', { name: 'Make every combination' }).click();
  await expect(generate(page)).toHaveText('Generate 2 pictures');
  await expect(page.locator('.cm-line[data-count="×2"]')).toHaveText('a {red|blue} door');
  await page.getByRole('button', { name: 'Show prompts' }).click();
  const dialog = page.getByRole('dialog', { name: 'What will be sent' });
  await expect(dialog.getByText('a red door')).toBeVisible();
  await expect(dialog.getByText('a blue door')).toBeVisible();
  await axe();
  await shot('create-preview');
});

test('a sheet is dropped, its columns become prompts, and it is made', async ({ page, axe, shot, request }) => {
  await page.goto('/create');
  await expect(generate(page)).toBeEnabled();
  await page.getByLabel('Upload a sheet').setInputFiles({
    name: 'animals.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('animal,place\nheron,a lake\n狐狸,雪地\nstork,a chimney\n'),
  });
  await expect(page.getByText('animals.csv', { exact: true })).toBeVisible();
  await expect(page.getByText('3 rows', { exact: true })).toBeVisible();
  const template = page.getByLabel('How a row becomes a prompt');
  await expect(template).toHaveValue('{{animal}}');
  await template.press('End');
  await page.keyboard.insertText(' by ');
  await page.getByRole('button', { name: '{{place}}' }).click();
  await expect(page.getByRole('cell', { name: 'heron by a lake' })).toBeVisible();
  await expect(generate(page)).toHaveText('Generate 3 pictures');
  await axe();
  await shot('create-sheet');
  await generate(page).click();
  await expect(page).toHaveURL(/\/batches\/[^/]+/);
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const { items } = await (await request.get(`/api/batches/${id}/items`)).json();
  expect(items).toHaveLength(3);
});

test('a sheet that cannot be read says why', async ({ page, guard }) => {
  guard.allow(/status of 4\d\d|response 4\d\d: POST .*\/api\/sheets/);
  await page.goto('/create');
  await expect(generate(page)).toBeEnabled();
  await page.getByLabel('Upload a sheet').setInputFiles({ name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('[{') });
  await expect(page.getByText('broken.json could not be read').first()).toBeVisible();
});

test('characters are composed in the editor as anywhere', async ({ page, context }) => {
  await page.goto('/create');
  await write(page, '');
  const session = await context.newCDPSession(page);
  await session.send('Input.imeSetComposition', { text: 'ㄏㄨˊ', selectionStart: 3, selectionEnd: 3 });
  await session.send('Input.insertText', { text: '狐狸' });
  await page.keyboard.press('Enter');
  await session.send('Input.insertText', { text: '白鷺' });
  await expect(page.locator('.cm-line')).toHaveText(['狐狸', '白鷺']);
  await expect(generate(page)).toHaveText('Generate 2 pictures');
});

test('what is typed before the editor has come goes on where it was', async ({ page }) => {
  let come = () => undefined as void;
  const away = new Promise<void>((resolve) => (come = resolve));
  await page.route('**/prompt-editor-*.js', async (route) => {
    await away;
    await route.continue();
  });
  await page.goto('/create');
  const field = page.locator('textarea[aria-label="Prompts"]');
  await field.fill('an owl here');
  await field.press('Home');
  for (let step = 0; step < 'an owl'.length; step += 1) await field.press('ArrowRight');
  await field.pressSequentially(' sits');
  come();
  await expect(page.locator('.cm-content')).toBeFocused();
  await page.keyboard.type(' right');
  await expect(page.locator('.cm-content')).toContainText('an owl sits right here');
});

test('the lines can be cleared and brought back', async ({ page }) => {
  await page.goto('/create');
  await write(page, 'a heron');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(page.locator('.cm-content')).not.toContainText('heron');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.cm-content')).toContainText('a heron');
});

test('the keys that generate work while writing', async ({ page }) => {
  await page.goto('/create');
  await write(page, 'a heron at noon');
  await expect(generate(page)).toHaveText('Generate 1 picture');
  await expect(generate(page)).toBeEnabled();
  await page.getByLabel('Pictures each').focus();
  await page.keyboard.press('Control+k');
  await expect(page.getByPlaceholder('Search or do …')).toBeFocused();
  await page.keyboard.press('Escape');
  await lines(page).click();
  await page.keyboard.press('Control+Enter');
  await expect(page).toHaveURL(/\/batches\/[^/]+/);
});

test('a picture gives its prompt and settings, as they were typed, and what was written comes back', async ({ page, request }) => {
  const made = await request.post('/api/batches', {
    data: { prompts: ['a {red|red} kite over a hill'], plan: { models: ['illustrator/scene-1'], sizes: ['1024x768'], seeds: ['11'] } },
  });
  const { id } = await made.json();
  await expect.poll(async () => (await (await request.get(`/api/batches/${id}`)).json()).state).toBe('finished');
  const [item] = (await (await request.get(`/api/batches/${id}/items`)).json()).items;
  await page.goto('/create');
  await write(page, 'a heron');
  await page.goto(`/library/i/${item.asset_id}`);
  await page.getByRole('link', { name: 'Use seed' }).click();
  await expect(page.locator('.cm-content')).toContainText('a {red|red} kite over a hill');
  await expect(page.getByLabel('Seeds')).toHaveValue('11');
  await expect(page.getByRole('button', { name: /4:3/ })).toHaveAttribute('aria-pressed', 'true');
  await expect(page).toHaveURL(/\/create$/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.cm-content')).toContainText('a heron');
  await page.goto(`/library/i/${item.asset_id}`);
  await page.getByRole('link', { name: 'Use prompt' }).click();
  await expect(page.locator('.cm-content')).toContainText('a {red|red} kite over a hill');
  await expect(page.getByLabel('Seeds')).toHaveValue('');
  await page.goto(`/library/i/${item.asset_id}`);
  await page.getByRole('link', { name: 'Vary' }).click();
  await expect(generate(page)).toHaveText('Generate 4 pictures');
  await expect(page.locator('.cm-line[data-count="×4"]')).toHaveText('a {red|red} kite over a hill');
  await page.goto(`/library/i/${item.asset_id}`);
  await page.getByRole('link', { name: 'Remix' }).click();
  await expect(page.locator(`aside img[src*="${item.asset_id}"]`)).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true, locale: 'zh-TW' });

  test('the settings come from below, and the cost stays in sight', async ({ page, axe, shot }) => {
    await page.goto('/create');
    const make = page.getByRole('button', { name: /^產生 \d/ });
    await expect(make).toHaveText('產生 6 張圖片');
    await expectNoOverflow(page);
    await page.getByRole('button', { name: '製作設定' }).tap();
    const drawer = page.getByRole('dialog', { name: '製作設定' });
    await drawer.getByLabel('每項張數').fill('2');
    await axe();
    await shot('create-phone-drawer');
    await page.keyboard.press('Escape');
    await expect(make).toHaveText('產生 12 張圖片');
    await expect(make).toBeInViewport();
    await shot('create-phone');
    await page.getByRole('button', { name: '清除' }).tap();
    const message = await page.getByText('已清除所有句子。').boundingBox();
    const foot = await page.getByRole('region', { name: '張數與費用' }).boundingBox();
    expect((message?.y ?? 0) + (message?.height ?? 0), 'what is said covers what is pressed').toBeLessThan(foot?.y ?? 0);
  });
});
