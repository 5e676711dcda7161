import { create } from 'zustand';

/** Scripts of our own page may read this cookie of a session; the one that signs in is hidden from them. */
const WORD = 'imageloom_csrf';

/**
 * `asking`: there is no session's cookie, and the server is asked whether it knows us all the same, from a proxy before it say.
 * `ended`: somebody was signed in, and what they were doing is still on the page.
 */
export type SessionState = 'asking' | 'in' | 'out' | 'ended';

/** The word that shows the server that a request comes from this page and no other; there is none without a session. */
export function sessionWord(): string | null {
  const found = document.cookie.split('; ').find((cookie) => cookie.startsWith(`${WORD}=`));
  return decodeURIComponent(found?.slice(WORD.length + 1) ?? '') || null;
}

export const useSession = create<{ state: SessionState }>(() => ({ state: sessionWord() === null ? 'asking' : 'in' }));

export function sessionBegan(): void {
  useSession.setState({ state: 'in' });
}

/** The server does not know us any more. What is on the page stays. */
export function sessionLost(): void {
  useSession.setState(({ state }) => ({ state: state === 'in' || state === 'ended' ? 'ended' : 'out' }));
}

export function sessionOver(): void {
  useSession.setState({ state: 'out' });
}
