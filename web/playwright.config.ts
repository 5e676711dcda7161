import { defineConfig, devices } from '@playwright/test';

/** tests/page/test_browser.py of the repository starts a real server and says where it and the browser are. */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: process.env.STUDIO_RESULTS ?? 'test-results',
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // Machines of gates are slow and shared.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: process.env.STUDIO_URL ?? 'http://127.0.0.1:5000',
    locale: 'en-US',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    // It asks the server in its own name, past what tests watch; offline.spec.ts lets it.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    },
  },
});
