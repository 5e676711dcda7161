import { expect, it } from 'vitest';

import { addedBy, FIRST, requestOf, touched } from './editing';

it('changes nothing before somebody has chosen what', () => {
  expect(requestOf(FIRST)).toBeNull();
  expect(requestOf({ ...FIRST, isOther: true, value: ' ' })).toBeNull();
});

it('sets a field of all that waits, or takes it back', () => {
  expect(requestOf({ ...FIRST, value: ' high ' })).toEqual({ where: {}, fields: { quality: 'high' } });
  expect(requestOf({ ...FIRST, field: 'seed', value: '7', isDefault: true })).toEqual({ where: {}, fields: { seed: null } });
  expect(requestOf({ ...FIRST, field: 'model', isDefault: true })).toBeNull();
  expect(requestOf({ ...FIRST, field: 'prompt', value: '  ' })).toBeNull();
});

it('chooses rows and prompts', () => {
  const request = requestOf({ ...FIRST, kind: 'remove', rows: '1-3, 7  9-', contains: 'cat' });
  expect(request).toEqual({ where: { rows: ['1-3', '7', '9-'], prompt_contains: 'cat' }, remove: true });
});

it('waits until it knows what to find, and keeps spaces', () => {
  expect(requestOf({ ...FIRST, kind: 'replace' })).toBeNull();
  expect(requestOf({ ...FIRST, kind: 'replace', find: ' cat', replace: '' })).toEqual({ where: {}, replace: { find: ' cat', replace: '', regex: false } });
});

it('appends lines without the empty ones', () => {
  expect(requestOf({ ...FIRST, kind: 'append', lines: 'a\n\n b \n' })).toEqual({ append: { prompts: ['a', 'b'] } });
  expect(requestOf({ ...FIRST, kind: 'append', lines: '\n' })).toBeNull();
});

it('moves what is chosen, and makes the whole batch more urgent', () => {
  expect(requestOf({ ...FIRST, kind: 'move', rows: '3' })).toEqual({ where: { rows: ['3'] }, move: 'front' });
  expect(requestOf({ ...FIRST, kind: 'move', move: 'back', priority: '9' })).toEqual({ where: {}, move: 'back', priority: 9 });
  expect(requestOf({ ...FIRST, kind: 'move', move: 'none', priority: '0', rows: '3' })).toEqual({ priority: 0 });
  expect(requestOf({ ...FIRST, kind: 'move', move: 'none' })).toBeNull();
});

it('counts everything that is touched', () => {
  expect(touched({ changed: 1, removed: 2, moved: 3, appended: 4 })).toBe(10);
});

it('tells what an edit adds to the price, and never takes what is unknown for nothing', () => {
  const edit = { estimated_before: '2.404', estimated_after: '20.076', unknown_before: 0, unknown_after: 0 };
  expect(addedBy(edit)).toEqual({ rise: '17.672', unknown: 0 });
  expect(addedBy({ ...edit, estimated_after: '1' })).toEqual({ rise: null, unknown: 0 });
  expect(addedBy({ ...edit, unknown_after: 3 })).toEqual({ rise: null, unknown: 3 });
  expect(addedBy({ ...edit, unknown_before: 3 })).toEqual({ rise: null, unknown: 0 });
});
