import i18next from 'i18next';

import { listStanding, readMe } from '@/api';
import { usePreferences } from '@/lib/preferences';
import { useSession } from '@/lib/session';

import { desktopNow, showSign, type Sign } from './desktop';
import { endedSince, type Fresh, freshIn, inOrder, readMemory } from './news';
import { isSeen, lead, shareTone, showSeen } from './tabs';
import { playTone } from './tone';

const LOOK_MILLISECONDS = 10_000;
const PLACE = 'imageloom.news';
/** More than that at once are told in one. */
const APART = 3;

type Go = (to: string) => void;

/** Watches what becomes of one's batches, in one tab of all, and tells it as the person wishes. Returns how to stop. */
export function watch(go: Go): () => void {
  const unseen = showSeen();
  const tone = shareTone(playTone);
  const resign = lead(() => {
    const look = () => void lookOnce(go, tone.ring).catch(() => undefined);
    const timer = setInterval(look, LOOK_MILLISECONDS);
    look();
    return () => clearInterval(timer);
  });
  return () => {
    resign();
    unseen();
    tone.stop();
  };
}

async function lookOnce(go: Go, ring: (key: string) => void): Promise<void> {
  if (useSession.getState().state !== 'in') return;
  const user = await whoIsIt();
  const asked = endedSince(readMemory(localStorage.getItem(PLACE)), Date.now());
  const { data, response } = await listStanding({ query: { ended_since: asked } });
  // What the page's worker kept of an earlier answer is no news.
  if (!data || !user || response?.headers.has('X-Kept')) return;
  // From here on nothing waits: another tab that looked at the same time finds what this one wrote.
  const { fresh, memory } = freshIn(data, readMemory(localStorage.getItem(PLACE)), user, Date.now());
  localStorage.setItem(PLACE, JSON.stringify(memory));
  if (fresh.length > 0) await tell(fresh, go, ring);
}

let asked: { word: string; user: string } | undefined;

/** Asked once for each session. */
async function whoIsIt(): Promise<string | undefined> {
  const word = document.cookie;
  if (asked?.word !== word) {
    const { data } = await readMe();
    if (data) asked = { word, user: data.user_id };
  }
  return asked?.word === word ? asked.user : undefined;
}

async function tell(fresh: readonly Fresh[], go: Go, ring: (key: string) => void): Promise<void> {
  const { desktop, sound } = usePreferences.getState();
  if (sound) ring(fresh.map(({ batch, news }) => `${batch.id}:${news.join()}`).join(' '));
  if (!desktop || desktopNow() !== 'granted' || (await isSeen())) return;
  await i18next.loadNamespaces('notices');
  const signs = fresh.length > APART ? [oneSign(fresh)] : fresh.map(signOf);
  for (const sign of signs) void showSign(sign, go);
}

function signOf({ batch, news }: Fresh): Sign {
  const { total, done, uncertain } = batch.counts;
  const words = inOrder(news).map((one) => i18next.t(`notices:${one === 'ended' && done === total ? 'allDone' : one}`, { count: one === 'uncertain' ? uncertain : total, done, total }));
  return { tag: `${batch.id} ${news.join()}`, title: batch.name, body: words.join(' '), to: `/batches/${batch.id}` };
}

function oneSign(fresh: readonly Fresh[]): Sign {
  const names = fresh.map(({ batch }) => batch.name);
  return { tag: 'several', title: i18next.t('notices:several', { count: fresh.length }), body: names.join('\n'), to: '/batches' };
}
