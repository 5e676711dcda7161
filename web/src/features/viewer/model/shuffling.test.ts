import { expect, test } from 'vitest';

import { shuffled } from './shuffling';

test('nothing is lost, and every order comes', () => {
  const orders = new Set(Array.from({ length: 400 }, () => shuffled(['a', 'b', 'c']).join('')));
  expect([...orders].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  expect(shuffled([])).toEqual([]);
});
