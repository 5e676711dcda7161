/**
 * Keeps the page on this device, so that it opens without a network and shows what was looked at last. Registered by
 * app/offline.ts; the build writes it to /sw.js, with the names of the page's files in it.
 */
import { isKept, isOfThePage, isPicture, PICTURES, SAID } from '@/lib/kept';

interface Lasting extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Clicked extends Lasting {
  readonly notification: Notification;
}

interface Tab {
  readonly url: string;
  readonly visibilityState: string;
  focus(): Promise<unknown>;
  postMessage(said: unknown, handed: Transferable[]): void;
}

/** The part of a worker's scope that is needed here. */
interface Worker {
  clients: {
    matchAll(wish: { type: 'window'; includeUncontrolled: true }): Promise<Tab[]>;
    openWindow(to: string): Promise<unknown>;
  };
}

/** The build puts the edition, and the names of its files, in place of this word. */
declare const __FILES_OF_THE_PAGE__: readonly [string, ...string[]];
const [EDITION, ...FILES] = __FILES_OF_THE_PAGE__;
const SHELL = `shell-${EDITION}`;
const INDEX = '/index.html';
const MOST_SAID = 150;
const MOST_PICTURES = 1_500;
/** How many more than that there may be before the oldest go. */
const SLACK = 50;
/** Longer, and browsers would not let this worker open a tab any more. */
const TAKEN_MILLISECONDS = 1_000;

async function install(): Promise<void> {
  const shell = await caches.open(SHELL);
  await shell.addAll([INDEX, ...FILES]);
}

/** The files of an older page go when no tab shows it any more: only then does this worker begin. */
async function begin(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('shell-') && name !== SHELL).map((name) => caches.delete(name)));
}

/** The page as the server has it; without one, as it was. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await find(SHELL, INDEX)) ?? Response.error();
  }
}

async function file(request: Request): Promise<Response> {
  return (await find(SHELL, request)) ?? fetch(request);
}

/** A preview never changes. */
async function picture(event: Fetching): Promise<Response> {
  const kept = await find(PICTURES, event.request);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(PICTURES, event.request, answer.clone(), MOST_PICTURES));
  return answer;
}

/** What the server says; without one, what it said last, marked as such. */
async function said(event: Fetching): Promise<Response> {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(keep(SAID, event.request, answer.clone(), MOST_SAID));
    return answer;
  } catch {
    const kept = await find(SAID, event.request);
    if (!kept) return Response.error();
    const headers = new Headers(kept.headers);
    headers.set('X-Kept', '1');
    return new Response(kept.body, { status: kept.status, headers });
  }
}

async function find(name: string, request: Request | string): Promise<Response | undefined> {
  return caches.match(request, { cacheName: name, ignoreVary: true });
}

async function keep(name: string, request: Request, answer: Response, most: number): Promise<void> {
  const cache = await caches.open(name);
  // Again, so that what is used stays: the oldest entries come first.
  await cache.delete(request, { ignoreVary: true });
  await cache.put(request, answer);
  const all = await cache.keys();
  if (all.length > most + SLACK) await Promise.all(all.slice(0, all.length - most).map((old) => cache.delete(old)));
}

/** A notice of the page was clicked: the page comes forward, or opens, where the notice leads. */
async function come({ notification }: Clicked): Promise<void> {
  notification.close();
  const { to = '/' } = (notification.data ?? {}) as { to?: string };
  const { clients } = globalThis as unknown as Worker;
  // Also those that were opened before this worker was there.
  const open = (await clients.matchAll({ type: 'window', includeUncontrolled: true })).filter(({ url }) => isOfThePage(new URL(url).pathname));
  const tab = open.find(({ visibilityState }) => visibilityState === 'visible') ?? open[0];
  if (tab && (await takes(tab, to))) return;
  await clients.openWindow(to);
}

/** Whether a tab goes there by itself, and so keeps what is written in it. One that is asleep, or not yet ready, says nothing. */
async function takes(tab: Tab, to: string): Promise<boolean> {
  // A browser may refuse, or never say; the tab goes all the same.
  tab.focus().catch(() => undefined);
  const { port1, port2 } = new MessageChannel();
  const taken = new Promise<boolean>((resolve) => {
    port1.addEventListener('message', () => resolve(true));
    port1.start();
    setTimeout(() => resolve(false), TAKEN_MILLISECONDS);
  });
  tab.postMessage({ to }, [port2]);
  return taken;
}

addEventListener('install', (event) => (event as Lasting).waitUntil(install()));
addEventListener('activate', (event) => (event as Lasting).waitUntil(begin()));
addEventListener('notificationclick', (event) => (event as Clicked).waitUntil(come(event as Clicked)));
addEventListener('fetch', (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (isOfThePage(pathname)) fetching.respondWith(page(request));
  } else if (FILES.includes(pathname)) fetching.respondWith(file(request));
  else if (isPicture(pathname)) fetching.respondWith(picture(fetching));
  else if (isKept(pathname)) fetching.respondWith(said(fetching));
});
