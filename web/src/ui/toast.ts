import { create } from 'zustand';

export interface Word {
  title: string;
  text?: string;
  kind?: 'info' | 'ok' | 'bad';
  action?: { label: string; run: () => void };
}

interface Words {
  waiting: readonly Word[];
  /** Whether anything was ever said: the part that shows it is loaded with the first word. */
  speaks: boolean;
}

/** What waits to be said. */
export const useWords = create<Words>(() => ({ waiting: [], speaks: false }));

/** Says something in passing, from anywhere. What must not be missed belongs on the page itself. */
export function say(word: Word): void {
  useWords.setState(({ waiting }) => ({ waiting: [...waiting, word], speaks: true }));
}
