import { Tabs as Base } from '@base-ui/react/tabs';
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';

import { cx } from '@/lib/cx';

export interface Section<Id extends string> {
  id: Id;
  label: ReactNode;
  /** Beside the label: a count. */
  beside?: ReactNode;
}

export interface SectionsProps<Id extends string> {
  /** What they are sections of, for those who do not see it. */
  label: string;
  sections: readonly Section<Id>[];
  value: Id;
  onChange: (id: Id) => void;
  /** At the side on wide screens; a line that scrolls on phones. */
  aside?: boolean;
  children: ReactNode;
}

const wide = matchMedia('(min-width: 768px)');

function followWidth(listener: () => void): () => void {
  wide.addEventListener('change', listener);
  return () => wide.removeEventListener('change', listener);
}

/** The parts of one screen, of which one is shown. Which one belongs in the address. */
export function Sections<Id extends string>({ label, sections, value, onChange, aside, children }: SectionsProps<Id>) {
  const isWide = useSyncExternalStore(followWidth, () => wide.matches);
  const vertical = Boolean(aside) && isWide;
  const list = useRef<HTMLDivElement>(null);
  // On phones the line is longer than the screen: whoever comes by an address sees where they are.
  useEffect(() => {
    if (!vertical) list.current?.querySelector(`[data-section="${value}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [value, vertical]);
  return (
    <Base.Root
      value={value}
      onValueChange={(next: Id) => onChange(next)}
      orientation={vertical ? 'vertical' : 'horizontal'}
      className={cx(vertical && 'grid grid-cols-[176px_minmax(0,1fr)] items-start gap-10')}
    >
      <Base.List
        ref={list}
        aria-label={label}
        className={cx(
          vertical
            ? 'sticky top-0 flex flex-col gap-0.5 pt-1'
            : 'scroll-slim -mx-6 mb-5 flex gap-5 overflow-x-auto border-b border-line px-6 max-tablet:-mx-4 max-tablet:px-4',
        )}
      >
        {sections.map((section) => (
          <Base.Tab key={section.id} value={section.id} data-section={section.id} className={cx(tabLook, vertical ? asideLook : lineLook)}>
            {section.label}
            {section.beside}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel key={value} value={value} className="min-w-0 rounded-control outline-offset-4">
        {children}
      </Base.Panel>
    </Base.Root>
  );
}

const tabLook = 'flex shrink-0 items-center gap-1.5 text-control font-medium whitespace-nowrap text-ink2 transition-colors select-none hover:text-ink data-active:text-ink';
const asideLook = 'h-control rounded-control px-3 text-start hover:bg-hover data-active:bg-hover';
const lineLook = 'h-10 border-b-2 border-transparent -outline-offset-2 max-tablet:h-11 data-active:border-signal';
