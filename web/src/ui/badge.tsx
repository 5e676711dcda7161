import type { ReactNode } from 'react';

import { cx } from '@/lib/cx';

export type Tone = 'plain' | 'signal' | 'ok' | 'warn' | 'bad' | 'info';

const TONES: Record<Tone, string> = {
  plain: 'bg-hover text-ink2',
  signal: 'bg-signal-tint text-signal',
  ok: 'bg-ok-bg text-ok',
  warn: 'bg-warn-bg text-warn',
  bad: 'bg-bad-bg text-bad',
  info: 'bg-info-bg text-info',
};

/** A state in a word. Colour never says it alone. */
export function Badge({ tone = 'plain', icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={cx('inline-flex h-5 items-center gap-1 rounded-control px-1.5 text-meta font-medium whitespace-nowrap', TONES[tone])}>
      {icon}
      {children}
    </span>
  );
}

/** Keys as caps. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-frame border border-line bg-app px-1 font-mono text-meta text-ink2">
      {children}
    </kbd>
  );
}
