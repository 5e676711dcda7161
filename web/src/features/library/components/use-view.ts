import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { type Layout, rowsIn } from '../model/layout';
import { type Scale, scaleOf } from '../model/scale';

const FLING_PIXELS_PER_MILLISECOND = 6;
const REST_MILLISECONDS = 120;
const PAUSE_MILLISECONDS = 250;
const AHEAD = 0.6;

/** Where one looks, for those who follow every step of it. */
export class Place {
  /** Where in the layout the upper edge is. */
  offset = 0;
  readonly #listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  move(offset: number): void {
    this.offset = offset;
    for (const listener of this.#listeners) listener();
  }
}

export interface View {
  /** The rows that are drawn, the end left out. */
  first: number;
  end: number;
  place: Place;
  /** From a place in the layout to one in what scrolls. */
  shift: number;
  /** Whether one flies past: nothing is fetched then. */
  isFlung: boolean;
  scale: Scale;
  goTo: (offset: number) => void;
}

/** The size of an element, as it changes. */
export function useSize(node: HTMLElement | null): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (!node) return;
    const look = () => setSize({ width: node.clientWidth, height: node.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(node);
    return () => observer.disconnect();
  }, [node]);
  return size;
}

interface Drawn {
  first: number;
  end: number;
  shift: number;
  isFlung: boolean;
}

function isSame(one: Drawn, other: Drawn): boolean {
  return one.first === other.first && one.end === other.end && one.shift === other.shift && one.isFlung === other.isFlung;
}

/** Which rows are shown. Renders when those are others, once a frame at most, and not for each step between. */
export function useView(node: HTMLElement | null, layout: Layout, height: number): View {
  const [place] = useState(() => new Place());
  const [drawn, setDrawn] = useState<Drawn>({ first: 0, end: 0, shift: 0, isFlung: false });
  const scale = useMemo(() => scaleOf(layout.height, height, devicePixelRatio), [layout.height, height]);
  const last = useRef({ offset: 0, time: 0 });

  useEffect(() => {
    if (!node) return;
    let frame = 0;
    let rest = 0;
    const look = () => {
      frame = 0;
      const offset = scale.offset(node.scrollTop);
      const time = performance.now();
      const past = time - last.current.time;
      const isFlung = past < PAUSE_MILLISECONDS && Math.abs(offset - last.current.offset) / Math.max(past, 1) > FLING_PIXELS_PER_MILLISECOND;
      last.current = { offset, time };
      clearTimeout(rest);
      if (isFlung) rest = window.setTimeout(() => setDrawn((before) => ({ ...before, isFlung: false })), REST_MILLISECONDS);
      place.move(offset);
      const [first, end] = near(layout, offset, height);
      const next = { first, end, shift: node.scrollTop - offset, isFlung };
      setDrawn((before) => (isSame(before, next) ? before : next));
    };
    const onScroll = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    node.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      node.removeEventListener('scroll', onScroll);
      cancelAnimationFrame(frame);
      clearTimeout(rest);
    };
  }, [node, scale, layout, height, place]);

  const goTo = useMemo(() => (offset: number) => node?.scrollTo({ top: scale.scrollTop(offset) }), [node, scale]);
  // Not those that were drawn last: the layout may be another since.
  const [first, end] = near(layout, place.offset, height);
  return { first, end, place, shift: drawn.shift, isFlung: drawn.isFlung, scale, goTo };
}

function near(layout: Layout, offset: number, height: number): [number, number] {
  return rowsIn(layout, offset - height * AHEAD, offset + height * (1 + AHEAD));
}
