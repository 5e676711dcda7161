import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test as base } from '@playwright/test';

export { expect } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SHOTS = process.env.STUDIO_SHOTS;

export interface Guard {
  /** What went wrong so far: console, the page's rules, requests. */
  readonly faults: string[];
  /** A fault that a test means to cause. */
  allow(pattern: RegExp): void;
}

interface Fixtures {
  guard: Guard;
  /** Fails on whatever hinders people who cannot see, point or tell colours apart. */
  axe: () => Promise<void>;
  /** Keeps a picture of the page where someone asked for them. */
  shot: (name: string) => Promise<void>;
}

/** Every test is watched: an error or warning in the console, a broken rule or a failed request fails it. */
export const test = base.extend<Fixtures>({
  extraHTTPHeaders: async ({}, use) => {
    await use(process.env.STUDIO_TOKEN ? { Authorization: `Bearer ${process.env.STUDIO_TOKEN}` } : {});
  },
  guard: [
    async ({ page }, use) => {
      const faults: string[] = [];
      const allowed: RegExp[] = [];
      await watch(page, faults);
      await use({ faults, allow: (pattern) => allowed.push(pattern) });
      const left = faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
      expect(left, 'faults in the page').toEqual([]);
    },
    { auto: true },
  ],
  axe: async ({ page }, use) => {
    await use(async () => {
      // What fades in or out while it looks has colours that nobody is to read.
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await settled(page);
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
      await page.emulateMedia({ reducedMotion: null });
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
      expect(told, 'accessibility').toEqual([]);
    });
  },
  shot: async ({ page }, use) => {
    await use(async (name) => {
      if (!SHOTS) return;
      mkdirSync(SHOTS, { recursive: true });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: 'disabled' });
    });
  },
});

/** Until whatever moves has come to its place, and stays there: what opens begins to move a frame after it is there. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const moving = () =>
      document.querySelector('[data-starting-style], [data-ending-style]') !== null ||
      document.getAnimations().some((animation) => animation.playState === 'running' && animation.effect?.getComputedTiming().endTime !== Infinity);
    for (let still = 0; still < 4; still = moving() ? 0 : still + 1) await frame();
  });
}

async function watch(page: Page, faults: string[]): Promise<void> {
  page.on('console', (message) => {
    // The tool's own words, where a test blocks the page's worker.
    if (message.text() === 'Service Worker registration blocked by Playwright') return;
    if (['error', 'warning'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A request that the page itself gave up, for what it asked is not wanted any more.
    if (reason !== 'net::ERR_ABORTED') faults.push(`request failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`response ${response.status()}: ${response.request().method()} ${response.url()}`);
  });
  await page.exposeFunction('tellOfRule', (rule: string) => faults.push(`broken rule: ${rule}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const tell = (globalThis as unknown as { tellOfRule: (rule: string) => void }).tellOfRule;
      tell(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}:${event.lineNumber}`);
    });
  });
}

/** No text is cut off and nothing makes the page scroll sideways. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, 'the page scrolls sideways').toBe(0);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('button, a, [role="tab"], label')]
      // What is for screen readers alone is one pixel wide.
      .filter((element) => element.checkVisibility() && element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).textOverflow !== 'ellipsis')
      .filter((element) => getComputedStyle(element).display !== 'inline')
      .map((element) => element.textContent?.trim() || element.outerHTML.slice(0, 100)),
  );
  expect(cut, 'text that is cut off').toEqual([]);
}
