import { useEffect, useState } from 'react';

const kept = new Map<string, string>();

/**
 * What stands behind the `#` of a link that works once. Browsers send it to nobody; it leaves the address at once, and
 * stays in memory, for a screen may be begun more than once before it is shown.
 */
export function useSecret(): string {
  const [secret] = useState(() => {
    const found = new URLSearchParams(location.hash.slice(1)).get('token');
    if (found) kept.set(location.pathname, found);
    return kept.get(location.pathname) ?? '';
  });
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, '', location.pathname);
  }, []);
  return secret;
}
