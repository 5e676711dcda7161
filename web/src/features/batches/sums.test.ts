import { expect, it } from 'vitest';

import { riseOf, sumOf } from './sums';

it('adds amounts exactly, and says what nobody knows', () => {
  expect(sumOf([{ estimated: '0.1', estimated_unknown: 0 }, { estimated: '0.2', estimated_unknown: 1 }])).toEqual({ amount: '0.3', unknown: 1 });
  expect(sumOf([{ estimated: '12', estimated_unknown: 0 }, { estimated: '0.000001', estimated_unknown: 0 }]).amount).toBe('12.000001');
  expect(sumOf([{ estimated: '1.5', estimated_unknown: 0 }, { estimated: '1.5', estimated_unknown: 0 }]).amount).toBe('3');
});

it('never makes a zero of what is unknown', () => {
  expect(sumOf([{ estimated: null, estimated_unknown: 3 }])).toEqual({ amount: null, unknown: 3 });
  expect(sumOf([])).toEqual({ amount: null, unknown: 0 });
});

it('tells by how much something is dearer, and nothing where it is not', () => {
  expect(riseOf('2.404', '20.076')).toBe('17.672');
  expect(riseOf('0.1', '0.100001')).toBe('0.000001');
  expect(riseOf('1.5', '1.50')).toBeNull();
  expect(riseOf('2', '1')).toBeNull();
});
