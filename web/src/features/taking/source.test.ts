import { expect, it } from 'vitest';

import { addressOf } from './source';

const wanted = new URLSearchParams({ names: '[index] & more', metadata: 'none' });

it.each([
  [{ batchId: '01A' }, '/api/batches/01A/export.zip?names=%5Bindex%5D+%26+more&metadata=none'],
  [{ ids: ['01B', '01A'] }, '/api/assets/export.zip?ids=01B&ids=01A&names=%5Bindex%5D+%26+more&metadata=none'],
])('takes %j from %s', (source, address) => expect(addressOf(source, wanted)).toBe(address));
