import { beforeEach, expect, test } from 'vitest';

import { dropLater, keepForLater, keyOfWaiting, useLater } from './later';
import { EMPTY } from './model';
import { LATER } from './places';

const FOX = { ...EMPTY, text: 'a fox' };

beforeEach(() => {
  for (const { key } of useLater.getState().kept) dropLater(key);
});

test('what was submitted without a server is kept, once, and outlives the page', () => {
  keepForLater({ key: 'k1', person: 'p', draft: FOX });
  keepForLater({ key: 'k1', person: 'p', draft: FOX });
  expect(useLater.getState().kept.map(({ key, refused }) => [key, refused])).toEqual([['k1', null]]);
  expect(JSON.parse(localStorage.getItem(LATER) ?? '')).toHaveLength(1);
});

test('the same draft pressed again is the same wish, another is another', () => {
  keepForLater({ key: 'k1', person: 'p', draft: FOX });
  expect(keyOfWaiting({ ...EMPTY, text: 'a fox' })).toBe('k1');
  expect(keyOfWaiting({ ...EMPTY, text: 'a crow' })).toBeUndefined();
});

test('what is taken back is kept no more, and nothing is left in the browser', () => {
  keepForLater({ key: 'k1', person: 'p', draft: FOX });
  dropLater('k1');
  expect(keyOfWaiting(FOX)).toBeUndefined();
  expect(localStorage.getItem(LATER)).toBeNull();
});
