import { defineConfig } from '@hey-api/openapi-ts';

/** The typed client of the repository's own document. It is committed, and a gate finds drift. */
export default defineConfig({
  input: '../openapi.json',
  output: { path: process.env.GEN_OUT ?? 'src/api/gen' },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk', '@tanstack/react-query'],
});
