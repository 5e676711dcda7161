/**
 * Browsers cap how high something that scrolls may be. What is higher than this is scrolled through a shorter stand-in,
 * and every place in it is mapped.
 */
const HIGHEST = 8_000_000;

export interface Scale {
  /** How high the part that scrolls is made. */
  height: number;
  /** From where the browser has scrolled to, to where that is in the layout. */
  offset: (scrollTop: number) => number;
  scrollTop: (offset: number) => number;
}

export function scaleOf(total: number, view: number, ratio = 1): Scale {
  const height = Math.min(total, HIGHEST / Math.max(ratio, 1));
  const [from, to] = [Math.max(height - view, 0), Math.max(total - view, 0)];
  const factor = from > 0 && height < total ? to / from : 1;
  return {
    height,
    offset: (scrollTop) => Math.min(Math.max(scrollTop * factor, 0), to),
    scrollTop: (offset) => Math.min(Math.max(offset / factor, 0), from),
  };
}
