import { expectNoOverflow, test } from './studio';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 375, height: 812 } };

/** Pictures of every place, for eyes; and that nothing is cut off in any of them. */
for (const colorScheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'zh-TW'] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      test.describe(`${colorScheme} ${locale} ${size}`, () => {
        test.use({ colorScheme, locale, viewport });
        test('looks right', async ({ page, axe, shot }) => {
          for (const place of ['create', 'batches', 'settings/people', 'settings/projects', 'library']) {
            await page.goto(`/${place}`);
            await page.getByRole('heading', { level: 1 }).waitFor();
            await page.waitForLoadState('networkidle');
            await expectNoOverflow(page);
            await shot(`${place.replace('/', '-')}-${colorScheme}-${locale}-${size}`);
          }
          await axe();
        });
      });
    }
  }
}
