import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { type Layout, rowsIn } from '../model/layout';
import { type Scale, scaleOf } from '../model/scale';

const FLING_PIXELS_PER_MILLISECOND = 6;
const REST_MILLISECONDS = 120;
const PAUSE_MILLISECONDS = 250;
const AHEAD = 0.6;

export interface View {
  /** The rows that are drawn, the end left out. */
  first: number;
  end: number;
  /** Where in the layout the upper edge is. */
  offset: number;
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

/** Which rows are shown. Renders once a frame at most. */
export function useView(node: HTMLElement | null, layout: Layout, height: number): View {
  const [state, setState] = useState({ offset: 0, scrollTop: 0, isFlung: false });
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
      if (isFlung) rest = window.setTimeout(() => setState((before) => ({ ...before, isFlung: false })), REST_MILLISECONDS);
      setState({ offset, scrollTop: node.scrollTop, isFlung });
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
  }, [node, scale]);

  const goTo = useMemo(() => (offset: number) => node?.scrollTo({ top: scale.scrollTop(offset) }), [node, scale]);
  const [first, end] = rowsIn(layout, state.offset - height * AHEAD, state.offset + height * (1 + AHEAD));
  return { first, end, offset: state.offset, shift: state.scrollTop - state.offset, isFlung: state.isFlung, scale, goTo };
}
