import type { ReactNode } from 'react';

import { cx } from '@/lib/cx';

import { initialsOf } from '../people';

export interface PersonLineProps {
  name: string;
  badges?: ReactNode;
  /** Below the name: address, when they were there last. */
  text: ReactNode;
  /** Who may not sign in is dimmer. */
  isOut?: boolean;
  /** The controls are small enough to stand beside the name on phones, too. */
  isSlim?: boolean;
  /** What can be done with them. */
  children?: ReactNode;
}

/** One person in a list. On phones the controls are on a line of their own. */
export function PersonLine({ name, badges, text, isOut, isSlim, children }: PersonLineProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line py-3 first:pt-0 last:border-b-0">
      <span aria-hidden="true" className="flex size-9 shrink-0 items-center justify-center rounded-full border border-line bg-mat text-small font-medium text-ink2">
        {initialsOf(name)}
      </span>
      <div className={cx('min-w-0 grow', isSlim ? 'basis-36' : 'basis-44')}>
        <p className={cx('flex flex-wrap items-center gap-x-2 gap-y-1 text-control font-medium', isOut && 'text-ink2')}>
          <span className="min-w-0 break-words">{name}</span>
          {badges}
        </p>
        <p className="text-small break-words text-ink3">{text}</p>
      </div>
      {children && <div className={cx('flex min-w-0 items-center gap-1', !isSlim && 'max-tablet:w-full max-tablet:pl-12')}>{children}</div>}
    </li>
  );
}

/** Parts of a line of words, with a dot between those that are there. */
export function Dotted({ parts }: { parts: readonly (string | null | false | undefined)[] }) {
  return parts.filter(Boolean).join(' · ');
}
