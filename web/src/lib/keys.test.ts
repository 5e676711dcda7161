import { expect, it } from 'vitest';

import { caps } from './keys';

it('splits keys into presses and caps', () => {
  expect(caps('g c')).toEqual([['G'], ['C']]);
  expect(caps('$mod+k')).toEqual([['Ctrl', 'K']]);
  expect(caps('Shift+?')).toEqual([['Shift', '?']]);
});
