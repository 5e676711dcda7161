import { useSyncExternalStore } from 'react';

/** `offline`: this device has no network. `unreachable`: it has, and the server does not answer. */
export type Connection = 'online' | 'offline' | 'unreachable';

const LOOK_MILLISECONDS = 3_000;
const listeners = new Set<() => void>();
let state: Connection = navigator.onLine ? 'online' : 'offline';
let looking: ReturnType<typeof setTimeout> | undefined;

function set(next: Connection): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** A call got no answer at all: look until one comes again. */
export function lostServer(): void {
  if (!navigator.onLine) return set('offline');
  set('unreachable');
  looking ??= setTimeout(look, LOOK_MILLISECONDS);
}

/** A call got an answer, whatever it was. */
export function foundServer(): void {
  clearTimeout(looking);
  looking = undefined;
  set('online');
}

async function look(): Promise<void> {
  looking = undefined;
  try {
    await fetch('/health', { cache: 'no-store' });
    foundServer();
  } catch {
    lostServer();
  }
}

addEventListener('offline', () => set('offline'));
addEventListener('online', () => void look());

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => state);
}
