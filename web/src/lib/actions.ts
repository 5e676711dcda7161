import { useEffect, useSyncExternalStore } from 'react';

/** Something a person can do, from the palette, a key or a menu. Features register theirs while they are shown. */
export interface Action {
  id: string;
  /** A key of i18next, with its namespace: `app:actions.goCreate`. */
  label: string;
  /** A namespace's key for the heading under which it is listed. */
  group: string;
  /** In tinykeys' notation: `g c`, `$mod+k`. A person may give it another. */
  keys?: string;
  /** Works while a person types. */
  whileTyping?: boolean;
  /** Left out of the palette: moving in a grid, say. */
  hidden?: boolean;
  run: () => void;
}

type Listener = () => void;

const listeners = new Set<Listener>();
let actions: readonly Action[] = [];

function set(next: readonly Action[]): void {
  actions = next;
  for (const listener of listeners) listener();
}

/** Adds actions; what is returned takes them away again. */
export function register(added: readonly Action[]): () => void {
  const ids = new Set(added.map((action) => action.id));
  set([...actions.filter((action) => !ids.has(action.id)), ...added]);
  return () => set(actions.filter((action) => !added.includes(action)));
}

export function allActions(): readonly Action[] {
  return actions;
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAllActions(): readonly Action[] {
  return useSyncExternalStore(subscribe, allActions);
}

/** Registers actions while a component is shown. The list must be stable: make it with `useMemo`. */
export function useActions(added: readonly Action[]): void {
  useEffect(() => register(added), [added]);
}
