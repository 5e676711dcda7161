import { defineConfig } from '@playwright/test';

import whole from '../../playwright.config';

/** `python -m bench page` runs these, with a server that it has filled and the session of its owner. */
export default defineConfig({
  ...whole,
  testDir: '.',
  workers: 1,
  timeout: 240_000,
  use: { ...whole.use, ...(process.env.BENCH_SESSION ? { storageState: process.env.BENCH_SESSION } : {}), screenshot: 'off' },
});
