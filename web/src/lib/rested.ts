import { useEffect, useRef, useState } from 'react';

const REST_MILLISECONDS = 350;

/** A value once it has come to rest. What changes after a rest, as by one click, is taken at once; what follows waits. */
export function useRested<Value>(value: Value): Value {
  const [rested, setRested] = useState(value);
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (Object.is(value, rested)) return;
    const now = performance.now();
    const isFirst = now - changedAt.current > REST_MILLISECONDS;
    changedAt.current = now;
    const timer = setTimeout(() => setRested(value), isFirst ? 0 : REST_MILLISECONDS);
    return () => clearTimeout(timer);
    // Only another value is a change; that one has come to rest is none.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [value]);
  return rested;
}
