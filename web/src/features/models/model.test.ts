import { describe, expect, it } from 'vitest';

import type { KeyRead, LaneRead, ModelRead, PriceRead, ProviderRead, SizesRead } from '@/api';

import { accessTo, barOf, checkedOn, endOf, fitted, grouped, laneId, moodOf, otherLanes, pricesOf, readAmount, readLimit, shapesOf } from './model';

const sizes = (more: Partial<SizesRead>): SizesRead => ({
  default: '1024x1024',
  choices: [],
  multiple_of: 16,
  min_side: 16,
  max_side: 3840,
  max_pixels: null,
  max_ratio: null,
  ...more,
});
const provider = (id: string, more: Partial<ProviderRead> = {}): ProviderRead => ({
  id,
  title: id,
  kind: 'remote',
  needs_key: true,
  base_url: null,
  any_base_url: true,
  open_models: false,
  concurrency: 4,
  models: 1,
  ...more,
});
const model = (name: string, more: Partial<ModelRead> = {}): ModelRead =>
  ({ name, provider: name.split('/')[0], model: name.split('/')[1], title: name, note: '', ...more }) as ModelRead;
const key = (id: string, of: string, source = 'stored') => ({ id, provider: of, source }) as KeyRead;
const lane = (id: string, more: Partial<LaneRead> = {}) =>
  ({ id, state: 'idle', waiting: 0, is_paused: false, is_parked: false, reason: null, ...more }) as LaneRead;
const line = (more: Partial<PriceRead>) => ({ provider: 'a', match: {}, is_in_force: true, checked_on: '2026-11-01', ...more }) as PriceRead;

describe('shapes', () => {
  it('are those that a model names', () => {
    const { shapes, isFree } = shapesOf(sizes({ choices: ['1024x1024', '1536x1024', 'auto'] }));
    expect([shapes.map((shape) => shape.name), isFree]).toEqual([['1024x1024', '1536x1024'], false]);
  });

  it('are the usual ones within its limits when it takes any', () => {
    const { shapes, isFree } = shapesOf(sizes({ max_ratio: 1.5 }));
    expect([shapes.map((shape) => shape.name), isFree]).toEqual([['1:1', '4:3', '3:4'], true]);
  });

  it('fit a square and never vanish', () => {
    expect(fitted({ width: 1536, height: 1024, name: '' }, 18)).toEqual({ width: 18, height: 12 });
    expect(fitted({ width: 100, height: 1, name: '' }, 18)).toEqual({ width: 18, height: 4 });
  });
});

describe('access', () => {
  it('says which key opens a provider', () => {
    expect(accessTo(provider('a', { kind: 'local' }), [])).toBe('local');
    expect(accessTo(provider('a'), undefined)).toBe('unknown');
    expect(accessTo(provider('a'), [key('1', 'b')])).toBe('missing');
    expect(accessTo(provider('a'), [key('env:a', 'a', 'environment')])).toBe('environment');
    expect(accessTo(provider('a'), [key('env:a', 'a', 'environment'), key('1', 'a')])).toBe('key');
  });
});

describe('groups', () => {
  const providers = [provider('shut'), provider('open'), provider('any', { open_models: true })];
  const models = [model('shut/one'), model('open/two', { note: 'paints letters' })];
  const keys = [key('1', 'open'), key('2', 'any')];

  it('put what can be used first', () => {
    expect(grouped(providers, models, keys, { q: '' }).map((group) => group.provider.id)).toEqual(['open', 'any', 'shut']);
  });

  it('hold only what is wished for', () => {
    const ids = (wish: Parameters<typeof grouped>[3]) => grouped(providers, models, keys, wish).map((group) => group.provider.id);
    expect(ids({ q: 'LETTERS paints' })).toEqual(['open']);
    expect(ids({ q: '', usable: true })).toEqual(['open', 'any']);
    expect(ids({ q: '', provider: 'shut' })).toEqual(['shut']);
    expect(ids({ q: 'nothing' })).toEqual([]);
  });
});

it('tells the end of a model', () => {
  expect(endOf(model('a/b', { shutdown_on: '2026-12-01' }), '2026-11-28')).toBe('soon');
  expect(endOf(model('a/b', { shutdown_on: '2026-12-01' }), '2026-12-01')).toBe('over');
  expect(endOf(model('a/b', { deprecated_on: '2026-12-01' }), '2026-11-28')).toBeNull();
  expect(endOf(model('a/b', { deprecated_on: '2026-09-01' }), '2026-11-28')).toBe('deprecated');
});

it('finds the prices of a model, and the oldest look at their source', () => {
  const lines = [
    line({ match: { model: 'b' }, checked_on: '2026-11-02' }),
    line({ checked_on: '2026-10-01' }),
    line({ match: { model: 'c' }, checked_on: '2020-01-01' }),
    line({ is_in_force: false, checked_on: '2020-01-01' }),
    line({ provider: 'z', checked_on: '2020-01-01' }),
  ];
  expect(checkedOn(pricesOf(model('a/b'), lines))).toBe('2026-10-01');
  expect(checkedOn([])).toBeNull();
});

describe('lanes', () => {
  it('belong to their keys', () => {
    const keys = [key('1', 'a'), key('env:b', 'b', 'environment')];
    expect(keys.map(laneId)).toEqual(['a:1', 'b:env']);
    expect(otherLanes(keys, [lane('a:1'), lane('b:env'), lane('c'), lane('a:gone')]).map(({ id }) => id)).toEqual(['c', 'a:gone']);
  });

  it('say how they are, the gravest first', () => {
    expect(moodOf(lane('a', { is_paused: true, is_parked: true }))).toBe('paused');
    expect(moodOf(lane('a', { is_parked: true, state: 'active' }))).toBe('parked');
    expect(moodOf(lane('a', { reason: 'limit', waiting: 3, state: 'active' }))).toBe('waits');
    expect(moodOf(lane('a', { reason: 'limit' }))).toBe('idle');
    expect(moodOf(lane('a', { state: 'active' }))).toBe('runs');
  });
});

describe('money', () => {
  it('fills the bar, whole when more is gone than the cap', () => {
    expect(barOf({ amount: '10', used: '2.5', held: '1', doubt: '0.5' })).toEqual({ used: 25, held: 10, doubt: 5, left: 60 });
    expect(barOf({ amount: '1', used: '3', held: '1', doubt: '0' })).toEqual({ used: 75, held: 25, doubt: 0, left: 0 });
    expect(barOf({ amount: '0', used: '0', held: '0', doubt: '0' }).left).toBe(100);
  });

  it.each([
    ['5', '5'],
    [' $5.00 ', '5.00'],
    ['US$ 5', '5'],
    ['5,50', '5.50'],
    ['0.000001', '0.000001'],
    ['1,000', null],
    ['5.0000001', null],
    ['-5', null],
    ['1e3', null],
    ['', null],
  ])('reads %j as %j', (text, amount) => expect(readAmount(text)).toBe(amount));

  it.each([
    ['', undefined],
    ['8', 8],
    ['0', null],
    ['1.5', null],
    ['many', null],
  ])('reads the limit %j as %j', (text, limit) => expect(readLimit(text)).toBe(limit));
});
