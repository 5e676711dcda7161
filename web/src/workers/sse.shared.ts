/**
 * One connection per stream for all tabs of this browser: HTTP/1.1 allows six to a server, and pictures need them.
 * A tab says which streams it follows, again and again; one that has fallen silent is forgotten.
 */
import { Hub } from '@/api/sse-hub';

const SILENT_MILLISECONDS = 150_000;
const LOOK_MILLISECONDS = 30_000;

interface Tab {
  port: MessagePort;
  heardAt: number;
  follows: Map<string, () => void>;
}

const hub = new Hub((url) => new EventSource(url));
const tabs = new Set<Tab>();

function make(tab: Tab, urls: readonly string[]): void {
  for (const [url, leave] of tab.follows) {
    if (urls.includes(url)) continue;
    leave();
    tab.follows.delete(url);
  }
  for (const url of urls) {
    if (tab.follows.has(url)) continue;
    const leave = hub.follow(url, (heard) => {
      // A port has one other end, and no origin to name.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      tab.port.postMessage({ url, heard });
      if (heard.kind === 'end') tab.follows.delete(url);
    });
    tab.follows.set(url, leave);
  }
}

function welcome(port: MessagePort): void {
  const tab: Tab = { port, heardAt: Date.now(), follows: new Map() };
  tabs.add(tab);
  port.addEventListener('message', (event: MessageEvent<string[]>) => {
    tab.heardAt = Date.now();
    tabs.add(tab);
    make(tab, event.data);
  });
  port.start();
}

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) welcome(port);
});

setInterval(() => {
  for (const tab of tabs) {
    if (Date.now() - tab.heardAt < SILENT_MILLISECONDS) continue;
    make(tab, []);
    tabs.delete(tab);
  }
}, LOOK_MILLISECONDS);
