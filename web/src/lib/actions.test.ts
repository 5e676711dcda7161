import { expect, it, vi } from 'vitest';

import { type Action, allActions, register, subscribe } from './actions';

const action = (id: string): Action => ({ id, label: id, group: 'g', run: () => undefined });

it('adds actions, tells of it, and takes them away again', () => {
  const told = vi.fn();
  const quit = subscribe(told);
  const takeBack = register([action('a'), action('b')]);
  expect(allActions().map(({ id }) => id)).toEqual(['a', 'b']);
  takeBack();
  expect(allActions()).toEqual([]);
  expect(told).toHaveBeenCalledTimes(2);
  quit();
});

it('lets a newer action of the same name stand, whenever the older leaves', () => {
  const takeFirstBack = register([action('a')]);
  const takeBack = register([action('a')]);
  takeFirstBack();
  expect(allActions()).toHaveLength(1);
  takeBack();
});
