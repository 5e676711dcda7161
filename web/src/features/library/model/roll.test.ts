import { expect, it } from 'vitest';

import type { ColumnsRead } from '@/api';

import { monthsOf, Roll } from './roll';
import { scaleOf } from './scale';
import { all, inOrder, NOTHING, only, reach, toggle } from './selection';
import { tinyPixels } from './tiny';
import { filtersKey, isFiltered, librarySearch, orderOf, rowHeight } from './filters';
import { labelsIn } from '../components/labels';

function page(ids: string[], more: Partial<ColumnsRead> = {}): ColumnsRead {
  return {
    ids,
    widths: ids.map(() => 200),
    heights: ids.map(() => 100),
    colours: ids.map(() => '#00ff0a'),
    previews: ids.map(() => 'done'),
    picks: ids.map(() => 0),
    ratings: ids.map(() => 0),
    created: ids.map((_, place) => 1_700_000_000 - place * 86_400 * 20),
    frames: ids.map((_, place) => place + 1),
    made_with: ids.map(() => 0),
    models: ['a/b'],
    next: null,
    ...more,
  };
}

it('keeps columns of all pages, each picture once', () => {
  const roll = new Roll();
  roll.append(page(['c', 'b']));
  roll.append(page(['b', 'a'], { models: ['x/y', 'a/b'], made_with: [0, 1], colours: [null, null], frames: [null, null], previews: ['odd', 'held'] }));
  expect(roll.ids).toEqual(['c', 'b', 'a']);
  expect([0, 1, 2].map((at) => roll.model(at))).toEqual(['a/b', 'a/b', 'a/b']);
  expect([roll.colour(0), roll.colour(2)]).toEqual(['#00ff0a', null]);
  expect([roll.frame(1), roll.frame(2)]).toEqual([2, null]);
  expect([roll.preview(0), roll.preview(2)]).toEqual(['done', 'held']);
  expect(roll.indexOf('a')).toBe(2);
  expect(roll.indexOf('z')).toBe(-1);
  expect(roll.aspects[2]).toBe(2);
});

it('puts what is newer before, and moves all columns with it', () => {
  const roll = new Roll();
  roll.append(page(Array.from({ length: 3_000 }, (_, place) => `p${place}`)));
  expect(roll.prepend(page(['n1', 'n2', 'p0'], { heights: [50, 400, 1], colours: ['#000001', '#000002', '#000003'], made_with: [null, 0, 0] }))).toBe(2);
  expect(roll.prepend(page(['n1', 'p5']))).toBe(0);
  expect([roll.count, roll.id(0), roll.id(2), roll.id(3_001)]).toEqual([3_002, 'n1', 'p0', 'p2999']);
  expect([roll.aspects[0], roll.aspects[1], roll.aspects[2], roll.aspects[3_001]]).toEqual([4, 0.5, 2, 2]);
  expect([roll.colour(0), roll.colour(2), roll.model(0), roll.model(1)]).toEqual(['#000001', '#00ff0a', null, 'a/b']);
  expect([roll.frame(2), roll.frame(3_001)]).toEqual([1, 3_000]);
  for (const index of [0, 1, 2, 1_500, 3_001]) expect(roll.indexOf(roll.id(index))).toBe(index);
});

it('knows where months begin', () => {
  const roll = new Roll();
  roll.append(page(['a', 'b', 'c', 'd', 'e', 'f']));
  const months = monthsOf(roll);
  expect(months[0]?.index).toBe(0);
  expect(months.length).toBeGreaterThan(3);
  expect(monthsOf(new Roll())).toEqual([]);
});

it('scrolls further than browsers can', () => {
  const short = scaleOf(5_000, 800);
  expect([short.height, short.offset(1234), short.scrollTop(1234)]).toEqual([5_000, 1234, 1234]);
  const long = scaleOf(60_000_000, 800, 2);
  expect(long.height).toBe(4_000_000);
  expect(long.offset(0)).toBe(0);
  expect(long.offset(long.height - 800)).toBeCloseTo(60_000_000 - 800, 0);
  for (const place of [1, 77_777, 30_000_000]) expect(long.offset(long.scrollTop(place))).toBeCloseTo(place, 3);
  expect(scaleOf(100, 800).offset(50)).toBe(0);
});

it('chooses one, some, a range, all, and none again', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  expect([...only('b').chosen]).toEqual(['b']);
  expect([...toggle(only('b'), 'b').chosen]).toEqual([]);
  expect([...reach(only('b'), ids, 3, false).chosen]).toEqual(['b', 'c', 'd']);
  expect([...reach(reach(only('d'), ids, 4, false), ids, 2, false).chosen]).toEqual(['c', 'd']);
  expect([...reach(toggle(only('a'), 'd'), ids, 4, true).chosen].sort()).toEqual(['a', 'd', 'e']);
  expect([...reach(NOTHING, ids, 2, false).chosen]).toEqual(['c']);
  expect([...reach(only('gone'), ids, 2, false).chosen]).toEqual(['c']);
  expect(all(ids).chosen.size).toBe(5);
  expect(inOrder(toggle(only('d'), 'a'), ids)).toEqual(['a', 'd']);
});

it('reads 64 pixels, and nothing else', () => {
  const pixels = tinyPixels(btoa(String.fromCharCode(...Array.from({ length: 192 }, (_, place) => place))));
  expect(Array.from(pixels?.slice(0, 8) ?? [])).toEqual([0, 1, 2, 255, 3, 4, 5, 255]);
  expect([tinyPixels('AAAA'), tinyPixels('no base64!'), tinyPixels('')]).toEqual([null, null, null]);
});

it('takes from the address what it knows, and leaves the rest', () => {
  expect(librarySearch.parse({ q: 5, sort: 'odd', size: 99, model: 'a/b' })).toEqual({ model: 'a/b' });
  expect(librarySearch.parse({ q: '貓', sort: 'oldest', size: 2, batch: 'b' })).toEqual({ q: '貓', sort: 'oldest', size: 2, batch: 'b' });
  expect(filtersKey({ q: ' 貓 ' })).toBe(filtersKey({ q: '貓', sort: 'newest' }));
  expect([isFiltered({ q: '  ' }), isFiltered({ batch: 'b' })]).toEqual([false, true]);
  expect(rowHeight(5, 343)).toBeLessThan(220);
  expect(rowHeight(undefined, 1400)).toBe(184);
});

it('takes pictures out and closes up, and knows what is thought of the others', () => {
  const roll = new Roll();
  roll.append(page(['a', 'b', 'c', 'd'], { picks: [1, 0, -1, 0], ratings: [0, 5, 0, 2], frames: [1, 2, 3, 4] }));
  roll.takeOut(new Set(['a', 'c', 'nobody']));
  expect(roll.ids).toEqual(['b', 'd']);
  expect([roll.indexOf('a'), roll.indexOf('b'), roll.indexOf('d')]).toEqual([-1, 0, 1]);
  expect([roll.rating(0), roll.rating(1), roll.frame(1), roll.pick(1)]).toEqual([5, 2, 4, 'none']);
  roll.judge('d', { pick: 'reject' });
  roll.judge('b', { rating: 0 });
  roll.judge('nobody', { rating: 3 });
  expect([roll.pick(1), roll.rating(1), roll.rating(0)]).toEqual(['reject', 2, 0]);
  roll.prepend(page(['e'], { picks: [1], ratings: [3] }));
  expect([roll.pick(0), roll.rating(0), roll.pick(2), roll.rating(2)]).toEqual(['pick', 3, 'reject', 2]);
  roll.append(page(['a']));
  expect(roll.ids).toEqual(['e', 'b', 'd', 'a']);
});

it('a board has its own order until another is asked for', () => {
  expect(orderOf({})).toBe('newest');
  expect(orderOf({ board: 'x' })).toBe('board');
  expect(orderOf({ board: 'x', sort: 'oldest' })).toBe('oldest');
  expect(orderOf({ sort: 'board' })).toBe('newest');
  expect(filtersKey({ board: 'x' })).not.toBe(filtersKey({ board: 'x', sort: 'newest' }));
  expect(filtersKey({ rating: 3 })).not.toBe(filtersKey({}));
  expect(isFiltered({ pick: 'none' })).toBe(true);
  expect(isFiltered({ board: 'x', trash: true })).toBe(false);
});

it('reads labels as people write them', () => {
  expect(labelsIn(' hero ,second   round，月光、 hero, ')).toEqual(['hero', 'second round', '月光']);
  expect(labelsIn(`${'a'.repeat(41)}, b`)).toEqual(['b']);
});
