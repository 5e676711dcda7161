import { act, createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { useRested } from './rested';

let seen: string[];
let show: (value: string) => void;
let leave: () => void;

function Watcher({ value }: { value: string }) {
  const rested = useRested(value);
  if (seen.at(-1) !== rested) seen.push(rested);
  return null;
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.useFakeTimers();
  seen = [];
  const root = createRoot(document.createElement('div'));
  show = (value) => act(() => root.render(createElement(Watcher, { value })));
  leave = () => act(() => root.unmount());
});

afterEach(() => {
  leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (milliseconds: number) => act(() => void vi.advanceTimersByTime(milliseconds));

it('takes one change at once, and of many after each other the first and the last', () => {
  show('');
  pass(5_000);
  show('a');
  pass(1);
  expect(seen).toEqual(['', 'a']);
  for (const value of ['ab', 'abc', 'abcd']) {
    show(value);
    pass(100);
  }
  expect(seen).toEqual(['', 'a']);
  pass(350);
  expect(seen).toEqual(['', 'a', 'abcd']);
});

it('forgets what was taken back before it had rested', () => {
  show('a');
  pass(5_000);
  show('b');
  pass(1);
  show('c');
  pass(100);
  show('b');
  pass(1_000);
  expect(seen).toEqual(['a', 'b']);
});
