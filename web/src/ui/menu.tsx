import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';

import { cx } from '@/lib/cx';

import { popupLook, rowLook } from './look';

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'end';
}

export function Menu({ trigger, children, align = 'end' }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} className="z-50 outline-none">
          <Base.Popup className={cx(popupLook, 'min-w-44')}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({ icon, children, onSelect, tone }: { icon?: ReactNode; children: ReactNode; onSelect: () => void; tone?: 'bad' }) {
  return (
    <Base.Item className={cx(rowLook, tone === 'bad' && 'text-bad')} onClick={onSelect}>
      <span className="flex w-4 shrink-0 justify-center">{icon}</span>
      {children}
    </Base.Item>
  );
}

export interface MenuChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: ReactNode; lang?: string }[];
  onChange: (value: Value) => void;
}

/** One of a few, inside a menu. */
export function MenuChoice<Value extends string>({ label, value, options, onChange }: MenuChoiceProps<Value>) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChange}>
      <Base.Group>
        <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-meta font-medium text-ink3">{label}</Base.GroupLabel>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} closeOnClick className={rowLook} lang={option.lang}>
            <span className="flex w-4 shrink-0 justify-center">
              <Base.RadioItemIndicator>
                <Check aria-hidden="true" className="size-3.5 text-signal" />
              </Base.RadioItemIndicator>
            </span>
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.Group>
    </Base.RadioGroup>
  );
}

/** Words that head a menu and do nothing. */
export function MenuWords({ children }: { children: ReactNode }) {
  return <p className="max-w-60 truncate border-b border-line px-2 pt-1 pb-2 font-medium">{children}</p>;
}

export function MenuLine() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}
