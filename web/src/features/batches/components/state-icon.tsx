import { Ban, Check, CircleDashed, CircleHelp, CircleX, LoaderCircle, ShieldAlert } from 'lucide-react';

import { cx } from '@/lib/cx';

import type { ItemState } from '../model';

const ICONS = {
  done: Check,
  failed: CircleX,
  refused: ShieldAlert,
  uncertain: CircleHelp,
  cancelled: Ban,
  running: LoaderCircle,
  pending: CircleDashed,
} as const;

const INKS: Record<ItemState, string> = {
  done: 'text-ok',
  failed: 'text-bad',
  refused: 'text-warn',
  uncertain: 'text-info',
  cancelled: 'text-ink3',
  running: 'text-signal',
  pending: 'text-ink3',
};

export function StateIcon({ state, className }: { state: ItemState; className?: string }) {
  const Icon = ICONS[state];
  return <Icon aria-hidden="true" className={cx('size-3.5 shrink-0', INKS[state], state === 'running' && 'animate-spin', className)} />;
}
