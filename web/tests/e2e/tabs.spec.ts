import type { BrowserContext, Page } from '@playwright/test';

import { expect, expectNoOverflow, test } from './studio';
import { lines, write } from './writing';

const words = (page: Page) => page.locator('.cm-content');
const bar = (page: Page) => page.getByRole('status').filter({ hasText: 'Another tab has written something else here' });

async function open(context: BrowserContext, isDeaf: boolean): Promise<Page> {
  const page = await context.newPage();
  // As a tab that sleeps: it is not told what others write, until it hears again.
  if (isDeaf) await page.addInitScript(() => addEventListener('storage', (event) => !sessionStorage.getItem('hears') && event.stopImmediatePropagation()));
  await page.goto('/create');
  await expect(words(page)).toBeVisible();
  return page;
}

for (const order of ['first', 'second']) {
  test(`what is written in one stands in the other: the ${order} begins`, async ({ page, context }) => {
    await page.goto('/create');
    await write(page, '');
    const other = await open(context, false);
    const [one, two] = order === 'first' ? [page, other] : [other, page];
    await lines(one).click();
    await one.keyboard.insertText('甲甲');
    await expect(words(two)).toHaveText('甲甲');
    await lines(two).click();
    await two.keyboard.press('Control+End');
    await two.keyboard.press('Enter');
    await two.keyboard.insertText('乙乙');
    await expect(words(one)).toHaveText('甲甲乙乙');
    // The caret stands where it was, and undoing goes on.
    await one.keyboard.insertText('丙');
    await expect(words(two)).toHaveText('甲甲丙乙乙');
    await one.keyboard.press('Control+z');
    await expect(words(two)).not.toContainText('丙');
    await one.keyboard.press('Control+y');
    await expect(words(two)).toHaveText('甲甲丙乙乙');
    for (const tab of [one, two]) {
      await tab.reload();
      await expect(words(tab)).toHaveText('甲甲丙乙乙');
      await expect(bar(tab)).toBeHidden();
    }
  });

  test(`what both have written is kept until somebody decides: the ${order} does`, async ({ page, context, axe, shot }) => {
    await page.goto('/create');
    await write(page, 'a heron');
    const other = await open(context, true);
    await write(page, '甲甲');
    await expect(words(other)).toHaveText('a heron');
    await write(other, '乙乙');
    await expect(bar(page)).toContainText('乙乙');
    await expect(bar(other)).toContainText('甲甲');
    await other.evaluate(() => sessionStorage.setItem('hears', 'yes'));
    await axe();
    await shot('create-tabs');
    for (const [tab, own] of [[page, '甲甲'], [other, '乙乙']] as const) {
      await tab.reload();
      await expect(words(tab)).toHaveText(own);
      await expect(bar(tab)).toBeVisible();
    }
    const [one, two] = order === 'first' ? [page, other] : [other, page];
    const [mine, theirs] = order === 'first' ? ['甲甲', '乙乙'] : ['乙乙', '甲甲'];
    await one.getByRole('button', { name: 'Take it over' }).click();
    for (const tab of [one, two]) await expect(words(tab)).toHaveText(theirs);
    await expect(bar(two)).toBeHidden();
    await one.getByRole('button', { name: 'Undo' }).click();
    await expect(words(one)).toHaveText(mine);
    await expect(words(two)).toHaveText(theirs);
    await expect(bar(two)).toContainText(mine);
    await one.getByRole('button', { name: 'Keep mine' }).click();
    for (const tab of [one, two]) {
      await expect(words(tab)).toHaveText(mine);
      await expect(bar(tab)).toBeHidden();
      await tab.reload();
      await expect(words(tab)).toHaveText(mine);
    }
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true, locale: 'zh-TW' });

  test('what another tab wrote is said, and both can be kept', async ({ page, context, axe, shot }) => {
    const other = await context.newPage();
    await page.addInitScript(() => addEventListener('storage', (event) => event.stopImmediatePropagation()));
    for (const [tab, text] of [[page, ''], [other, '雪地裡的紅狐，清晨的光'], [page, '湖邊的白鷺']] as const) {
      if (!tab.url().endsWith('/create')) await tab.goto('/create');
      await expect(tab.getByRole('button', { name: /^產生/ })).toBeVisible();
      await tab.locator('.cm-content').click();
      await tab.keyboard.press('Control+a');
      await tab.keyboard.insertText(text || '湖');
    }
    await expect(page.getByText('另一個分頁在這裡寫了別的內容：「雪地裡的紅狐，清晨的光」')).toBeVisible();
    await expectNoOverflow(page);
    await axe();
    await shot('create-phone-tabs');
    await page.getByRole('button', { name: '保留這裡的' }).tap();
    await expect(page.getByText('已保留這裡的內容')).toBeVisible();
    await expect(other.locator('.cm-content')).toHaveText('湖邊的白鷺');
  });
});
