import type { BrowserContext, Page } from '@playwright/test';

import { expect, OwnStudio, test } from './own-studio';
import { expectNoOverflow } from './studio';

interface Sign {
  title: string;
  body: string;
}

/** A desktop that writes down what it is told, and tabs that are out of sight until a test brings them forward. */
async function desk(context: BrowserContext, permission: NotificationPermission, answer: NotificationPermission = permission) {
  const signs: Sign[] = [];
  const notes: number[] = [];
  await context.exposeFunction('tellOfSign', (sign: Sign) => signs.push(sign));
  await context.exposeFunction('tellOfNote', (pitch: number) => notes.push(pitch));
  await context.addInitScript(
    ([first, next]) => {
      const told = globalThis as unknown as { tellOfSign(sign: Sign): void; tellOfNote(pitch: number): void; lastSign?: EventTarget; isSeen?: boolean };
      class Desk extends EventTarget {
        static permission = first;
        static requestPermission() {
          Desk.permission = next as NotificationPermission;
          return Promise.resolve(Desk.permission);
        }
        constructor(title: string, { body }: { body: string }) {
          super();
          told.tellOfSign({ title, body });
          told.lastSign = this;
        }
        close() {}
      }
      Object.assign(globalThis, { Notification: Desk });
      Object.defineProperty(document, 'visibilityState', { get: () => (told.isSeen ? 'visible' : 'hidden') });
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function play(at) {
        told.tellOfNote(this.frequency.value);
        start.call(this, at);
      };
    },
    [permission, answer] as const,
  );
  return { signs, notes };
}

async function bringForward(page: Page, isSeen: boolean): Promise<void> {
  await page.evaluate((seen) => {
    Object.assign(globalThis, { isSeen: seen });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isSeen);
}

async function looked(page: Page): Promise<void> {
  await page.waitForResponse((answer) => answer.url().includes('/api/batches/standing') && answer.ok(), { timeout: 30_000 });
}

const wish = (studio: OwnStudio, preferences: Record<string, boolean>) => studio.call('PATCH', '/api/me/profile', { preferences });
const local = { models: ['illustrator/scene-1'], sizes: ['256x192'], qualities: [] };

test('the desktop tells once, of all tabs, and a click leads to the batch', async ({ page, context, studio }) => {
  test.setTimeout(120_000);
  const { signs, notes } = await desk(context, 'granted');
  await wish(studio, { notify_desktop: true, notify_sound: true });
  const other = await context.newPage();
  const first = Promise.race([looked(page), looked(other)]);
  await page.goto('/create');
  await other.goto('/library');
  // Only what somebody has touched may make a sound.
  for (const tab of [page, other]) await tab.getByRole('main').click({ position: { x: 5, y: 5 } });
  await first;
  const asking = await studio.submit(['a paper boat', 'a paper moon'], local, { pilot: 1, name: 'Boats first' });
  await expect.poll(() => signs, { timeout: 30_000 }).toEqual([{ title: 'Boats first', body: 'The first pictures are made. Go on?' }]);
  await expect.poll(() => notes).toEqual([660, 880]);

  const clicked = () => {
    const { lastSign } = globalThis as unknown as { lastSign?: EventTarget };
    lastSign?.dispatchEvent(new Event('click'));
    return lastSign !== undefined;
  };
  const leader = (await page.evaluate(clicked)) ? page : other;
  if (leader === other) await other.evaluate(clicked);
  await expect(leader).toHaveURL(new RegExp(`/batches/${asking}`));

  // While one of them is looked at, the desktop stays quiet; the tone does not.
  await bringForward(leader === page ? other : page, true);
  await studio.call('POST', `/api/batches/${asking}/resume`);
  await expect.poll(() => notes.length, { timeout: 30_000 }).toBe(4);
  expect(signs).toHaveLength(1);

  // The tab that watched goes; the other goes on where it was.
  await bringForward(leader === page ? other : page, false);
  await leader.close();
  await studio.submit(['a paper star'], local, { name: 'A star' });
  await expect.poll(() => signs.at(-1), { timeout: 40_000 }).toEqual({ title: 'A star', body: 'The picture is there.' });
  expect(signs).toHaveLength(2);
});

test('they are switched on, kept with the person, and off in the end', async ({ page, context, studio, axe, shot }) => {
  const { notes } = await desk(context, 'default', 'granted');
  await wish(studio, { notify_desktop: false, notify_sound: false });
  await page.goto('/settings/general');
  await expect(page.getByLabel('On the desktop')).not.toBeChecked();
  await page.getByLabel('With a sound').check();
  await expect.poll(() => notes).toEqual([660, 880]);
  await page.getByLabel('On the desktop').check();
  await expect.poll(() => studio.call('GET', '/api/me/profile')).toMatchObject({ preferences: { notify_desktop: true, notify_sound: true } });
  await axe();
  await shot('notices-on-light');
  await page.getByLabel('On the desktop').uncheck();
  await page.getByLabel('With a sound').uncheck();
  await expect.poll(() => studio.call('GET', '/api/me/profile')).toMatchObject({ preferences: { notify_desktop: false, notify_sound: false } });
});

test('a browser that refuses is said to', async ({ page, context, studio, axe, shot }) => {
  await desk(context, 'default', 'denied');
  await wish(studio, { notify_desktop: false, notify_sound: false });
  await page.goto('/settings/general');
  // A tick that stays off, for the browser has refused.
  await page.getByLabel('On the desktop').click();
  await expect(page.getByRole('status').filter({ hasText: 'The browser refuses' })).toBeVisible();
  await expect(page.getByLabel('On the desktop')).not.toBeChecked();
  await axe();
  await shot('notices-refused-light');
});

test('what was wished on another device is asked about on this one', async ({ page, context, studio, axe }) => {
  await desk(context, 'default', 'granted');
  await wish(studio, { notify_desktop: true });
  await page.goto('/settings/general');
  await expect(page.getByText('was not asked yet')).toBeVisible();
  await axe();
  await page.getByRole('button', { name: 'Ask it now' }).click();
  await expect(page.getByText('was not asked yet')).toBeHidden();
  await expect(page.getByLabel('On the desktop')).toBeChecked();
  await wish(studio, { notify_desktop: false });
});

for (const [name, colorScheme, locale, width] of [
  ['dark-en', 'dark', 'en-US', 1440],
  ['light-zh-phone', 'light', 'zh-TW', 375],
  ['dark-ja-phone', 'dark', 'ja-JP', 375],
] as const) {
  test.describe(name, () => {
    test.use({ colorScheme, locale, viewport: { width, height: 900 } });
    test('the refusal looks right', async ({ page, context, studio, axe, shot }) => {
      await desk(context, 'denied');
      await wish(studio, { notify_desktop: true });
      await page.goto('/settings/general');
      await page.getByRole('checkbox').first().scrollIntoViewIfNeeded();
      await expect(page.getByRole('status').first()).toBeVisible();
      await expectNoOverflow(page);
      await axe();
      await page.getByRole('checkbox').last().scrollIntoViewIfNeeded();
      await shot(`notices-${name}`);
    });
  });
}

test.describe('on a phone', () => {
  test.use({ serviceWorkers: 'allow' });

  /** What a phone does when a notice is touched, as far as a script may: nobody has touched anything, so the browser lets no tab come forward. */
  async function touch(context: BrowserContext): Promise<string[]> {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    return await worker.evaluate(async () => {
      const scope = globalThis as unknown as {
        registration: { getNotifications(): Promise<object[]> };
        NotificationEvent: new (name: string, init: object) => Event;
        clients: { openWindow(to: string): Promise<unknown> };
      };
      const opened: string[] = [];
      scope.clients.openWindow = async (to) => void opened.push(to);
      const [notification] = await scope.registration.getNotifications();
      const event = new scope.NotificationEvent('notificationclick', { notification });
      const waits: Promise<unknown>[] = [];
      // A browser hears this of its own events alone.
      Object.assign(event, { waitUntil: (wait: Promise<unknown>) => waits.push(wait) });
      dispatchEvent(event);
      await Promise.all(waits);
      return opened;
    });
  }

  const noticesShown = (page: Page) =>
    page.evaluate(async () => {
      const signs = (await (await navigator.serviceWorker.ready).getNotifications()) as (Notification & { data: unknown })[];
      return signs.map(({ title, body, data }) => ({ title, body, data }));
    });

  test('a notice leads to its batch, in the tab that is open or in a new one', async ({ page, context, studio }) => {
    await context.grantPermissions(['notifications'], { origin: studio.url });
    await context.addInitScript(() => {
      const { Notification } = globalThis;
      const refuse = function refuse() {
        throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
      };
      Object.defineProperty(refuse, 'permission', { get: () => Notification.permission });
      Object.assign(globalThis, { Notification: refuse });
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    });
    await wish(studio, { notify_desktop: true, notify_sound: false });
    const first = looked(page);
    await page.goto('/create');
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await first;
    const batch = await studio.submit(['a paper kite'], local, { name: 'A kite' });
    await expect.poll(() => noticesShown(page), { timeout: 30_000 }).toEqual([{ title: 'A kite', body: 'The picture is there.', data: { to: `/batches/${batch}` } }]);
    // The tab is older than the worker, and what is written in it stays.
    await page.evaluate(() => Object.assign(globalThis, { isStill: true }));
    expect(await touch(context)).toEqual([]);
    await expect(page).toHaveURL(new RegExp(`/batches/${batch}`));
    expect(await page.evaluate(() => (globalThis as unknown as { isStill?: boolean }).isStill)).toBe(true);
    expect(await noticesShown(page)).toEqual([]);

    // Where no tab is of the page, one opens.
    await page.evaluate(async () => (await navigator.serviceWorker.ready).showNotification('Again', { data: { to: '/library' } }));
    await page.goto('/docs');
    expect(await touch(context)).toEqual(['/library']);
    await wish(studio, { notify_desktop: false });
  });
});
