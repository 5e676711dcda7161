import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

import type { Problem } from '@/api';
import { cx } from '@/lib/cx';

import { Said } from './said';

const KINDS = {
  info: { icon: Info, look: 'bg-info-bg text-info' },
  ok: { icon: CircleCheck, look: 'bg-ok-bg text-ok' },
  warn: { icon: TriangleAlert, look: 'bg-warn-bg text-warn' },
  bad: { icon: CircleAlert, look: 'bg-bad-bg text-bad' },
} as const;

export interface NoticeProps {
  kind: keyof typeof KINDS;
  children: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** A line that stays until its reason is gone. */
export function Notice({ kind, children, action, className }: NoticeProps) {
  const { icon: Icon, look } = KINDS[kind];
  return (
    <div role={kind === 'bad' ? 'alert' : 'status'} className={cx('flex items-start gap-2 rounded-control px-3 py-2 text-control', look, className)}>
      <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 grow">{children}</div>
      {action}
    </div>
  );
}

/** What the server says is wrong and how to get on. */
export function ProblemWords({ problem }: { problem: Problem }) {
  return (
    <>
      <Said text={problem.message} /> <Said text={problem.hint} />
    </>
  );
}
