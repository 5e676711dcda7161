import { describe, expect, it } from 'vitest';

import { FIT, fitScale, largestZoom, panned, placed, settled, stepped, toggled, trueZoom, zoomedTo } from './look';

const STAGE = { width: 800, height: 600 };
const LARGE = { width: 4000, height: 2000 };
const SMALL = { width: 100, height: 100 };

describe('looking at a picture', () => {
  it('begins with all of it, in the middle', () => {
    expect(placed(FIT, STAGE, LARGE)).toEqual({ width: 800, height: 400, x: 0, y: 100 });
    expect(fitScale(STAGE, SMALL)).toBe(2.5);
    expect(fitScale({ width: 0, height: 0 }, LARGE)).toBe(1);
  });

  it('keeps the point under the pointer where it is', () => {
    const at = { x: 200, y: 250 };
    for (const zoom of [1.5, 2, 5]) {
      const before = placed(FIT, STAGE, LARGE);
      const look = zoomedTo(FIT, zoom, at, STAGE, LARGE);
      const after = placed(look, STAGE, LARGE);
      expect((at.x - after.x) / after.width).toBeCloseTo((at.x - before.x) / before.width, 6);
    }
  });

  it('never shows the mat beside a picture that is larger than the stage', () => {
    let look = zoomedTo(FIT, 3, { x: 0, y: 0 }, STAGE, LARGE);
    for (const [dx, dy] of [[5000, 0], [-9000, 20], [0, 9000], [3, -9000]] as const) {
      look = panned(look, dx, dy, STAGE, LARGE);
      const box = placed(look, STAGE, LARGE);
      expect(box.x).toBeLessThanOrEqual(0.001);
      expect(box.x + box.width).toBeGreaterThanOrEqual(799.999);
      expect(box.y).toBeLessThanOrEqual(0.001);
      expect(box.y + box.height).toBeGreaterThanOrEqual(599.999);
    }
  });

  it('has ends', () => {
    expect(stepped(FIT, 100, STAGE, LARGE).zoom).toBe(largestZoom(STAGE, LARGE));
    expect(stepped(FIT, -100, STAGE, LARGE).zoom).toBe(1);
    expect(stepped(FIT, -100, STAGE, SMALL).zoom).toBe(trueZoom(STAGE, SMALL));
    expect(settled({ zoom: 1, x: 9, y: -9 }, STAGE, LARGE)).toEqual(FIT);
  });

  it('goes from whole to pixels and back', () => {
    const near = toggled(FIT, { x: 400, y: 300 }, STAGE, LARGE);
    expect(near.zoom).toBe(5);
    expect(toggled(near, { x: 1, y: 1 }, STAGE, LARGE)).toEqual(FIT);
    expect(toggled(FIT, { x: 1, y: 1 }, STAGE, SMALL).zoom).toBe(2);
  });
});
