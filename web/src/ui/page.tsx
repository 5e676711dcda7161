import type { ReactNode } from 'react';

export interface PageProps {
  title: string;
  /** Beside the title: counts, states. */
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of a screen: its title, its actions, and the part that scrolls. On the widest screens its rows end where eyes can follow. */
export function Page({ title, beside, actions, children }: PageProps) {
  return (
    <>
      <title>{`${title} · Imageloom`}</title>
      <header className="flex min-h-14 max-w-[1728px] shrink-0 flex-wrap items-center gap-x-3 gap-y-2 px-6 pt-3 pb-2 max-tablet:px-4">
        <h1 className="text-title font-semibold tracking-[-0.01em]">{title}</h1>
        {beside}
        {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      <div className="scroll-slim min-h-0 grow overflow-y-auto px-6 pb-8 max-tablet:px-4">
        <div className="max-w-[1680px]">{children}</div>
      </div>
    </>
  );
}
