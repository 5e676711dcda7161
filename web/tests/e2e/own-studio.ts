import { expect, test as base } from './studio';
import { OwnStudio } from './studio-server';

/** Tests against a server of their own. The page is signed in with a cookie, as people are. */
export const test = base.extend<object, { studio: OwnStudio }>({
  studio: [
    async ({}, use) => {
      const studio = new OwnStudio();
      await studio.start();
      await use(studio);
      await studio.end();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  // Another server's token and session mean nothing here.
  extraHTTPHeaders: async ({}, use) => use({}),
  storageState: async ({}, use) => use({ cookies: [], origins: [] }),
  baseURL: async ({ studio }, use) => use(studio.url),
});

test.beforeEach(async ({ studio, context, request }) => {
  await studio.signIn(context, request);
});

export { expect, OwnStudio };
