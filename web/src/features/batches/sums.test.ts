import { expect, it } from 'vitest';

import { sumOf } from './sums';

it('adds amounts exactly, and says what nobody knows', () => {
  expect(sumOf([{ estimated: '0.1', estimated_unknown: 0 }, { estimated: '0.2', estimated_unknown: 1 }])).toEqual({ amount: '0.3', unknown: 1 });
  expect(sumOf([{ estimated: '12', estimated_unknown: 0 }, { estimated: '0.000001', estimated_unknown: 0 }]).amount).toBe('12.000001');
  expect(sumOf([{ estimated: '1.5', estimated_unknown: 0 }, { estimated: '1.5', estimated_unknown: 0 }]).amount).toBe('3');
});

it('never makes a zero of what is unknown', () => {
  expect(sumOf([{ estimated: null, estimated_unknown: 3 }])).toEqual({ amount: null, unknown: 3 });
  expect(sumOf([])).toEqual({ amount: null, unknown: 0 });
});
