import { expect, it } from 'vitest';

import { AS_MADE, queryOf } from './converting';

it.each([
  [{}, {}],
  [{ quality: 'nonsense', isLossless: true, background: 'x' }, {}],
  [{ maxSide: ' 1024 ' }, { max_side: 1024 }],
  [{ maxSide: '8' }, null],
  [{ maxSide: 'large' }, null],
  [{ format: 'jpeg' }, { format: 'jpeg', quality: 90, background: '#ffffff' }],
  [{ format: 'jpeg', quality: '0' }, null],
  [{ format: 'jpeg', quality: '101' }, null],
  [{ format: 'jpeg', quality: '8.5' }, null],
  [{ format: 'png', quality: '80' }, { format: 'png' }],
  [{ format: 'webp', quality: '70', maxSide: '512' }, { format: 'webp', quality: 70, max_side: 512 }],
  [{ format: 'webp', isLossless: true, quality: '' }, { format: 'webp', lossless: true }],
] as const)('asks for %j as %j', (wish, query) => expect(queryOf({ ...AS_MADE, ...wish })).toEqual(query));
