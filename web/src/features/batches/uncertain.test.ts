import { expect, it } from 'vitest';

import { isOf } from './uncertain';

const CAUSE = { outcome: 'uncertain', provider: 'openai', message: 'The answer was lost.' };

it('knows the items of a cause by outcome, provider and message', () => {
  expect(isOf(CAUSE, { ...CAUSE })).toBe(true);
  expect(isOf(CAUSE, { ...CAUSE, message: null })).toBe(false);
  expect(isOf(CAUSE, { ...CAUSE, provider: 'replicate' })).toBe(false);
  expect(isOf({ ...CAUSE, message: null }, { ...CAUSE, message: null })).toBe(true);
});
