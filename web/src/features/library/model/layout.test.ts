import { describe, expect, it } from 'vitest';

import { aspectOf, beyond, boxesOf, justify, rowOf, rowsIn } from './layout';

const WISH = { width: 1000, row: 200, gap: 10, caption: 20 };

/** The same numbers every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function someAspects(count: number, seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: count }, () => aspectOf(64 + next() * 4000, 64 + next() * 4000));
}

describe('justified rows', () => {
  it('are none for no pictures', () => {
    expect(justify(new Float32Array(0), 0, WISH)).toMatchObject({ rows: 0, height: 0, count: 0 });
    expect(rowsIn(justify(new Float32Array(0), 0, WISH), 0, 500)).toEqual([0, 0]);
  });

  it('do not stretch a last row that is short', () => {
    const layout = justify(Float32Array.of(1, 1), 2, WISH);
    expect(layout.heights[0]).toBe(200);
    expect(layout.height).toBe(200 + 20 + 10);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('hold every picture once, in order, and end at the edge (seed %i)', (seed) => {
    const next = random(seed * 77);
    const count = 1 + Math.floor(next() * 400);
    const wish = { width: 150 + next() * 1600, row: 72 + next() * 300, gap: 4 + Math.floor(next() * 8), caption: 20 };
    const layout = justify(someAspects(count, seed), count, wish);
    let seen = 0;
    for (let row = 0; row < layout.rows; row += 1) {
      expect(layout.starts[row]).toBe(seen);
      const boxes = boxesOf(layout, row);
      expect(boxes.length).toBeGreaterThan(0);
      seen += boxes.length;
      const last = boxes.at(-1);
      const edge = (last?.x ?? 0) + (last?.width ?? 0);
      if (row < layout.rows - 1) expect(edge).toBeCloseTo(wish.width, 0);
      else expect(edge).toBeLessThanOrEqual(wish.width + 1);
      expect(layout.tops[row + 1]).toBeGreaterThan(layout.tops[row] ?? 0);
      for (const box of boxes) expect(box.width).toBeGreaterThan(0);
    }
    expect(seen).toBe(count);
    expect(layout.starts[layout.rows]).toBe(count);
    for (let index = 0; index < count; index += 1) {
      const row = rowOf(layout, index);
      expect(index).toBeGreaterThanOrEqual(layout.starts[row] ?? 0);
      expect(index).toBeLessThan(layout.starts[row + 1] ?? 0);
    }
  });

  it('are found by what a view shows', () => {
    const layout = justify(someAspects(300, 9), 300, WISH);
    for (const top of [-50, 0, 777, layout.height - 100, layout.height + 500]) {
      const [first, end] = rowsIn(layout, top, top + 600);
      expect(first).toBeLessThan(end);
      for (let row = 0; row < layout.rows; row += 1) {
        const isSeen = (layout.tops[row + 1] ?? 0) > top && (layout.tops[row] ?? 0) <= top + 600;
        if (isSeen) expect(row >= first && row < end).toBe(true);
      }
    }
  });

  it('are walked up and down, and back to where one came from within half a frame', () => {
    const layout = justify(someAspects(300, 4), 300, WISH);
    expect(beyond(layout, 0, -1)).toBe(0);
    expect(beyond(layout, 299, 1)).toBe(299);
    for (let index = 0; index < 250; index += 1) {
      const below = beyond(layout, index, 1);
      expect(rowOf(layout, below)).toBe(Math.min(rowOf(layout, index) + 1, layout.rows - 1));
    }
    expect(rowOf(layout, beyond(layout, 299, -1000))).toBe(0);
  });

  it('take what is no shape for a square', () => {
    expect(aspectOf(0, 100)).toBe(1);
    expect(aspectOf(Number.NaN, 100)).toBe(1);
    expect(aspectOf(10_000, 1)).toBe(4);
  });
});
