import { describe, expect, it } from 'vitest';

import { framesAround } from './around';

const wide = (width: number) => () => width;

describe('the frames of the strip', () => {
  it('fill a narrow and a wide one', () => {
    expect(framesAround(500, 1000, 360, wide(56))).toEqual({ first: 493, end: 508 });
    const { first, end } = framesAround(500, 1000, 3840, wide(56));
    expect((end - first) * 56).toBeGreaterThan(3840);
  });

  it('fill it from the first and from the last frame, too', () => {
    expect(framesAround(0, 1000, 1000, wide(50))).toEqual({ first: 0, end: 29 });
    expect(framesAround(999, 1000, 1000, wide(50))).toEqual({ first: 971, end: 1000 });
  });

  it('are all there are', () => {
    expect(framesAround(1, 3, 3840, wide(56))).toEqual({ first: 0, end: 3 });
    expect(framesAround(0, 1, 3840, wide(56))).toEqual({ first: 0, end: 1 });
  });
});
