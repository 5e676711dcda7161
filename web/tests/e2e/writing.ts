import type { Page } from '@playwright/test';

import { expect } from './studio';

export const generate = (page: Page) => page.getByRole('button', { name: /^Generate/ });
export const lines = (page: Page) => page.getByRole('textbox', { name: 'Prompts' });

export async function write(page: Page, text: string): Promise<void> {
  await expect(page.locator('.cm-content')).toBeVisible();
  // A first visit brings lines to try: they would come into what is written.
  await expect(generate(page)).toHaveText(/[1-9]/);
  await lines(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  for (const [place, line] of text.split('\n').entries()) {
    if (place > 0) await page.keyboard.press('Enter');
    await page.keyboard.insertText(line);
  }
}

export async function choose(page: Page, title: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Add a model' }).click();
  await page.getByRole('combobox', { name: 'Search models' }).fill(title);
  await page.getByRole('option', { name: new RegExp(`^${title}\\s`) }).click();
  await page.keyboard.press('Escape');
}
