import { type RefObject, useLayoutEffect, useState } from 'react';

/** How wide an element is, now and after each change. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const seen = element.current;
    if (!seen) return;
    // It tells of the first width too.
    const observer = new ResizeObserver(() => setWidth(seen.clientWidth));
    observer.observe(seen);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
