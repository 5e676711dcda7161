import { describe, expect, it } from 'vitest';

import type { ItemRead, LineupCell } from '@/api';

import { columnsOf, costOf, isMoving, shareOf, within } from './lineup';

const cell = (model: string, item: Partial<ItemRead>): LineupCell => ({
  model,
  seconds: null,
  item: { state: 'done', attempts: 1, settled: '0.04', settled_unknown: 0, is_reused: false, ...item } as ItemRead,
});

describe('a line of models', () => {
  it('has a column for each of the batch, also for one that was not asked', () => {
    const line = { row_number: 1, turn: 1, prompt: 'a', cells: [cell('b', {}), cell('a', {})] };
    expect(columnsOf(['a', 'b', 'c'], line).map(({ model, cell: of }) => [model, of?.model])).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', undefined],
    ]);
  });

  it.each([
    [{}, { kind: 'known', amount: '0.04', unknown: 0 }],
    [{ settled_unknown: 2 }, { kind: 'known', amount: '0.04', unknown: 2 }],
    [{ settled: '0' }, { kind: 'known', amount: '0', unknown: 0 }],
    [{ settled: null, settled_unknown: 1 }, { kind: 'unknown' }],
    [{ settled: null }, { kind: 'unknown' }],
    [{ attempts: 0, settled: '0' }, { kind: 'none' }],
    [{ attempts: 0, is_reused: true, settled: '0' }, { kind: 'reused' }],
  ])('says what %j cost', (item, cost) => expect(costOf(cell('a', item))).toEqual(cost));

  it.each([
    [1, 5, 1],
    [9, 5, 5],
    [-3, 5, 1],
    [Number.NaN, 5, 1],
    [2.9, 5, 2],
    [1, 0, 1],
  ])('%d of %d is line %d', (wished, total, line) => expect(within(wished, total)).toBe(line));

  it('moves while something of it is made or waits', () => {
    const line = (state: string) => ({ row_number: 1, turn: 1, prompt: 'a', cells: [cell('a', {}), cell('b', { state })] });
    expect([line('running'), line('pending'), line('done'), line('failed')].map(isMoving)).toEqual([true, true, false, false]);
    expect(isMoving(undefined)).toBe(false);
  });

  it('shares nothing of no votes', () => {
    expect(shareOf({ won: 0, held: 0 })).toBeNull();
    expect(shareOf({ won: 3, held: 4 })).toBe(0.75);
  });
});
