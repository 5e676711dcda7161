/** What the tabs of one browser agree on, where it lets them: which of them watches, whether one is seen, which plays. */

const LEADER = 'imageloom.news';
const SEEN = 'imageloom.seen';
const CHANNEL = 'imageloom.tone';
const HELD_MILLISECONDS = 4_000;

/** Calls when this tab is the one that watches: at once, or when the one before is gone. What is returned gives it up. */
export function lead(begin: () => () => void): () => void {
  let stop: () => void = () => undefined;
  // Without locks each tab watches; they remember together what was told.
  if (!navigator.locks) return begin();
  const gone = new AbortController();
  const held = () =>
    new Promise<void>((resolve) => {
      if (gone.signal.aborted) return resolve();
      const end = begin();
      stop = () => {
        end();
        resolve();
      };
    });
  void navigator.locks.request(LEADER, { signal: gone.signal }, held).catch(() => undefined);
  return () => {
    gone.abort();
    stop();
  };
}

/** Says to the other tabs while this one is looked at. What is returned stops it. */
export function showSeen(): () => void {
  if (!navigator.locks) return () => undefined;
  let leave: (() => void) | undefined;
  const follow = () => {
    if (document.visibilityState !== 'visible') {
      leave?.();
      leave = undefined;
    } else if (!leave) {
      const stays = new Promise<void>((resolve) => (leave = resolve));
      void navigator.locks.request(SEEN, { mode: 'shared' }, () => stays).catch(() => undefined);
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    leave?.();
  };
}

/** Whether any tab of the page is looked at. */
export async function isSeen(): Promise<boolean> {
  if (document.visibilityState === 'visible') return true;
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.some(({ name }) => name === SEEN);
}

/** Plays in one tab, of those that may make a sound: a browser allows it to those that somebody has used. */
export function shareTone(play: () => Promise<boolean>): { ring: (key: string) => void; stop: () => void } {
  const hear = async (key: string) => {
    if (!navigator.locks) return void (await play());
    await navigator.locks.request(`${CHANNEL} ${key}`, { ifAvailable: true }, async (lock) => {
      // Others come in the next moment, and must find it taken.
      if (lock && (await play())) await new Promise((resolve) => setTimeout(resolve, HELD_MILLISECONDS));
    });
  };
  const channel = navigator.locks && 'BroadcastChannel' in globalThis ? new BroadcastChannel(CHANNEL) : undefined;
  channel?.addEventListener('message', ({ data }: MessageEvent<string>) => void hear(data));
  return {
    ring: (key) => {
      void hear(key);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      channel?.postMessage(key);
    },
    stop: () => channel?.close(),
  };
}
