import { expect, it } from 'vitest';

import { asPeopleSay } from './field-words';

it('tells both sides as one size, and not the prompt again', () => {
  expect(asPeopleSay({ prompt: 'a cat', width: 1024, height: 768, quality: 'low' })).toEqual({ size: '1024x768', quality: 'low' });
});

it('leaves what it does not know as it is', () => {
  expect(asPeopleSay({ width: 1024, style: 'vivid' })).toEqual({ width: 1024, style: 'vivid' });
});
