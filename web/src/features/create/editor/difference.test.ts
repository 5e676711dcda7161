import { expect, it } from 'vitest';

import { difference } from './view';

it.each([
  ['', '甲'],
  ['甲甲', '甲甲甲'],
  ['a\nb\nc', 'a\nx\nc'],
  ['aba', 'aa'],
  ['甲', ''],
])('%j becomes %j by one stretch', (before, after) => {
  const found = difference(before, after);
  expect(found && before.slice(0, found.from) + found.insert + before.slice(found.to)).toBe(after);
});

it('is nothing between what is the same, and no more than what differs', () => {
  expect(difference('甲乙', '甲乙')).toBeNull();
  expect(difference('a heron\na stork', 'a heron\na grey stork')).toEqual({ from: 10, to: 10, insert: 'grey ' });
});
