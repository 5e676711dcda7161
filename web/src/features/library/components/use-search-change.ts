import { useNavigate } from '@tanstack/react-router';

import type { LibrarySearch } from '../model/filters';

/** Changes what the address says of the grid. Typing replaces, choosing adds a step to go back to. */
export function useSearchChange(): (changes: Partial<LibrarySearch>, replace?: boolean) => void {
  const navigate = useNavigate();
  return (changes, replace = false) => void navigate({ to: '/library', search: (before) => ({ ...before, ...changes }), replace });
}
