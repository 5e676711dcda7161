import { expect, it } from 'vitest';

import { Cells } from './cells';

function loaded(): Cells {
  const cells = new Cells();
  cells.load({
    positions: [0, 1, 2],
    ids: ['a', 'b', 'c'],
    states: ['done', 'running', 'pending'],
    assets: ['x', null, null],
    previews: ['done', null, null],
  });
  return cells;
}

it('knows each item by its place', () => {
  const cells = loaded();
  expect([cells.size, cells.id(1), cells.state(1), cells.asset(0), cells.preview(0)]).toEqual([3, 'b', 'running', 'x', 'done']);
  expect([...cells.places('pending')]).toEqual([2]);
  expect([...cells.places(undefined)]).toEqual([0, 1, 2]);
});

it('takes what the stream tells, and waits for the preview of a new picture', () => {
  const cells = loaded();
  cells.change([{ id: 'b', position: 1, state: 'done', asset_id: 'y' }]);
  expect([cells.state(1), cells.preview(1), cells.isDeveloping]).toEqual(['done', 'pending', true]);
  cells.show(['y', 'of another batch']);
  expect([cells.preview(1), cells.isDeveloping]).toEqual(['done', false]);
  cells.change([{ id: 'b', position: 1, state: 'done', asset_id: 'y' }]);
  expect(cells.preview(1)).toBe('done');
});

it('grows with items that were appended, and counts them all', () => {
  const cells = loaded();
  cells.change([{ id: 'z', position: 200, state: 'failed', asset_id: null }]);
  expect(cells.size).toBe(201);
  expect(cells.count()).toMatchObject({ done: 1, running: 1, failed: 1 });
});

it('says of a lost preview that there is none', () => {
  const cells = new Cells();
  cells.load({ positions: [0], ids: ['a'], states: ['done'], assets: ['x'], previews: ['held'] });
  expect(cells.preview(0)).toBe('damaged');
});
