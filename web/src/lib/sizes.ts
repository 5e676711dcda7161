import type { ModelRead, SizesRead } from '@/api';

export interface Size {
  width: number;
  height: number;
  text: string;
}

/** What pictures are most asked for in, widest first. */
const USUAL = ['1536x864', '1536x1024', '1280x1024', '1024x1024', '1024x1280', '1024x1536', '864x1536'];

export function sizeOf(text: string): Size | null {
  const match = /^(\d{1,5})\s*[x×*]\s*(\d{1,5})$/i.exec(text.trim());
  if (!match) return null;
  const [width, height] = [Number(match[1]), Number(match[2])];
  return { width, height, text: `${width}x${height}` };
}

/** The sides of a size in their smallest numbers: 3:2. Odd ones are told as they are. */
export function ratioOf({ width, height }: Size): string {
  const divide = (a: number, b: number): number => (b === 0 ? a : divide(b, a % b));
  const by = divide(width, height);
  const [across, down] = [width / by, height / by];
  return across > 32 || down > 32 ? (width / height).toFixed(2) : `${across}:${down}`;
}

export function fits({ width, height, text }: Size, sizes: SizesRead): boolean {
  if (sizes.choices.length > 0) return sizes.choices.includes(text);
  const [small, large] = [Math.min(width, height), Math.max(width, height)];
  return (
    small >= sizes.min_side &&
    large <= sizes.max_side &&
    width % sizes.multiple_of === 0 &&
    height % sizes.multiple_of === 0 &&
    (sizes.max_pixels === null || width * height <= sizes.max_pixels) &&
    (sizes.max_ratio === null || large / small <= sizes.max_ratio)
  );
}

/** The sizes to offer for some models: what all of them make, and else what any of them does. */
export function offeredSizes(models: readonly ModelRead[]): Size[] {
  const stated = models.flatMap((model) => [...model.sizes.choices, model.sizes.default]);
  const all = [...new Set([...USUAL, ...stated])].map(sizeOf).filter((size) => size !== null);
  const byAll = all.filter((size) => models.every((model) => fits(size, model.sizes)));
  const offered = byAll.length > 0 ? byAll : all.filter((size) => models.some((model) => fits(size, model.sizes)));
  return offered.sort((a, b) => b.width / b.height - a.width / a.height || a.width - b.width);
}
