import { describe, expect, it } from 'vitest';

import { isOfSeveral, moodOf, percentOf, segments, shortModel, spanParts } from './model';

const NOTHING = { total: 0, pending: 0, running: 0, done: 0, failed: 0, refused: 0, cancelled: 0, uncertain: 0 };

describe('the bar', () => {
  it('is filled exactly, and shows even one among thousands', () => {
    const parts = segments({ ...NOTHING, total: 10_000, done: 9_998, failed: 1, pending: 1 });
    expect(parts.map(({ state }) => state)).toEqual(['done', 'failed', 'pending']);
    expect(parts.at(-1)?.until).toBeCloseTo(100);
    expect((parts[1]?.until ?? 0) - (parts[0]?.until ?? 0)).toBeGreaterThan(0.5);
  });

  it('is empty for an empty batch', () => {
    expect(segments(NOTHING)).toEqual([]);
    expect(percentOf(NOTHING)).toBe(0);
  });
});

it('says 100 % only when everything is over', () => {
  expect(percentOf({ ...NOTHING, total: 1_000, done: 999, running: 1 })).toBe(99);
  expect(percentOf({ ...NOTHING, total: 3, done: 1, failed: 1, uncertain: 1 })).toBe(100);
});

it('says what a batch is in one word', () => {
  const counts = { ...NOTHING, total: 2, done: 2 };
  expect(moodOf({ state: 'finished', reason: null, counts })).toBe('done');
  expect(moodOf({ state: 'finished', reason: null, counts: { ...counts, done: 1, refused: 1 } })).toBe('flawed');
  expect(moodOf({ state: 'running', reason: 'Out of budget', counts })).toBe('waiting');
  expect(moodOf({ state: 'running', reason: null, counts })).toBe('running');
  expect(moodOf({ state: 'paused', reason: 'x', counts })).toBe('paused');
});

it('splits a span into its two largest parts', () => {
  expect(spanParts(0)).toEqual([[0, 'second']]);
  expect(spanParts(59.4)).toEqual([[59, 'second']]);
  expect(spanParts(3_700)).toEqual([
    [1, 'hour'],
    [1, 'minute'],
  ]);
  expect(spanParts(7_200)).toEqual([[2, 'hour']]);
});

it('calls a model by its own name', () => {
  expect(shortModel('replicate/stability-ai/sdxl')).toBe('stability-ai/sdxl');
});

it.each([
  [{ axes: [{ name: 'models', values: [{ model: 'a/b' }, { model: 'c/d' }] }, { name: 'sizes', values: [{ size: '1x1' }] }] }, true],
  [{ axes: [{ name: 'models', values: [{ model: 'a/b' }] }, { name: 'sizes', values: [{ size: '1x1' }, { size: '2x1' }] }] }, false],
  [{}, false],
])('a plan asks several models or one: %j', (plan, isSo) => expect(isOfSeveral(plan)).toBe(isSo));
