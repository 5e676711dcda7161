import { type ReactNode, useId } from 'react';

import { cx } from '@/lib/cx';

/** A part of a section, with its heading. */
export function Part({ title, text, action, children }: { title: string; text?: ReactNode; action?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mb-10 last:mb-0">
      <header className="mb-4 flex flex-wrap items-start gap-3 border-b border-line pb-3">
        <div className="min-w-0 grow basis-60">
          <h2 id={id} className="text-lead font-semibold">
            {title}
          </h2>
          {text && <p className="text-small text-ink3">{text}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}

/** Names and what they stand for. */
export function Facts({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cx('grid grid-cols-[minmax(96px,max-content)_minmax(0,1fr)] gap-x-6 gap-y-2 text-control', className)}>{children}</dl>;
}

export function Fact({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
