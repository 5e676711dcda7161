import { useEffect, useState } from 'react';

const LONG_MILLISECONDS = 400;

/** Whether something has been so for longer than a blink. What passes sooner is never said. */
export function useLasting(isSo: boolean): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = setTimeout(() => setLong(true), LONG_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isSo]);
  return isSo && isLong;
}
