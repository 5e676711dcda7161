import { type Heard, Hub, type Listener } from './sse-hub';

export type { Heard } from './sse-hub';

const STILL_HERE_MILLISECONDS = 20_000;

type Follow = (url: string, listener: Listener) => () => void;

let follow: Follow | undefined;

/** Listens to a stream of the server, together with every other tab where the browser can. What is returned stops it. */
export function followStream(url: string, listener: Listener): () => void {
  follow ??= typeof SharedWorker === 'undefined' ? alone() : together();
  return follow(new URL(url, location.origin).href, listener);
}

/** Some browsers of phones have no workers that tabs share: then each has its own connection. */
function alone(): Follow {
  const hub = new Hub((url) => new EventSource(url));
  return (url, listener) => hub.follow(url, listener);
}

function together(): Follow {
  const { port } = new SharedWorker(new URL('../workers/sse.shared.ts', import.meta.url), { type: 'module', name: 'streams' });
  const listeners = new Map<string, Set<Listener>>();
  const say = () => port.postMessage([...listeners.keys()]);
  port.addEventListener('message', (event: MessageEvent<{ url: string; heard: Heard }>) => {
    const { url, heard } = event.data;
    const told = listeners.get(url);
    if (heard.kind === 'end') listeners.delete(url);
    for (const listener of told ?? []) listener(heard);
  });
  port.start();
  setInterval(say, STILL_HERE_MILLISECONDS);
  addEventListener('pagehide', () => port.postMessage([]));
  addEventListener('pageshow', (event) => {
    if (event.persisted) say();
  });
  return (url, listener) => {
    const told = listeners.get(url) ?? new Set();
    listeners.set(url, told.add(listener));
    // A second listener of the same tab missed what the first was told: it loads what it needs by itself.
    say();
    return () => {
      told.delete(listener);
      if (told.size === 0 && listeners.get(url) === told) listeners.delete(url);
      say();
    };
  };
}
