import { expect, test } from 'vitest';

import { isKept, isOfThePage, isPicture } from './kept';

test('what is kept is what library and batches show, and nothing of keys and people', () => {
  for (const path of ['/api/me', '/api/me/profile', '/api/assets', '/api/assets/columns', '/api/assets/01A', '/api/batches/01A/cells']) {
    expect(isKept(path), path).toBe(true);
  }
  for (const path of ['/api/keys', '/api/tokens', '/api/users', '/api/assets/export.zip', '/api/batches/01A/events', '/api/batches/standing', '/api/assets/01A/file', '/health']) {
    expect(isKept(path), path).toBe(false);
  }
});

test('previews are kept, files are not', () => {
  expect(isPicture('/api/assets/01A/preview')).toBe(true);
  expect(isPicture('/api/assets/01A/file')).toBe(false);
});

test('the page answers everywhere but where the server has something of its own', () => {
  for (const path of ['/', '/create', '/library/i/01A', '/apiary', '/documents']) expect(isOfThePage(path), path).toBe(true);
  for (const path of ['/api', '/api/batches', '/v1/models', '/docs', '/openapi.json']) expect(isOfThePage(path), path).toBe(false);
});
