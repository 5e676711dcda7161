import type { ButtonHTMLAttributes, ReactNode } from 'react';

import { cx } from '@/lib/cx';

export type ButtonTone = 'ink' | 'line' | 'quiet' | 'bad';
export type ButtonSize = 'normal' | 'small' | 'large';

const TONES: Record<ButtonTone, string> = {
  ink: 'bg-ink text-app border border-ink hover:bg-ink2 hover:border-ink2',
  line: 'bg-surface text-ink border border-edge hover:bg-hover',
  quiet: 'bg-transparent text-ink2 border border-transparent hover:bg-hover hover:text-ink',
  bad: 'bg-surface text-bad border border-bad hover:bg-bad-bg',
};

const SIZES: Record<ButtonSize, string> = {
  small: 'h-7 px-2 gap-1 text-small',
  normal: 'h-control px-3 gap-1.5 text-control max-tablet:h-11',
  large: 'h-11 px-5 gap-2 text-body',
};

/** The look of a button, for links that act like one. */
export function buttonLook(tone: ButtonTone = 'line', size: ButtonSize = 'normal'): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center rounded-control font-medium whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50',
    TONES[tone],
    SIZES[size],
  );
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: ButtonTone;
  size?: ButtonSize;
  icon?: ReactNode;
  /** Keeps its width and says that it works. */
  busy?: boolean;
}

/** Ink, never coloured. The one primary action of a screen has the tone `ink`. */
export function Button({ tone = 'line', size = 'normal', icon, busy, disabled, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonLook(tone, size), className)}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  /** What it does, read aloud and shown on hover. */
  label: string;
  children: ReactNode;
}

/** A button of one icon. At least 24 px, 44 on phones. */
export function IconButton({ label, className, children, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} aria-label={label} title={label} className={cx(iconButtonLook, className)}>
      {children}
    </button>
  );
}

export const iconButtonLook =
  'inline-flex size-control max-tablet:size-11 shrink-0 items-center justify-center rounded-control text-ink2 transition-colors hover:bg-hover hover:text-ink disabled:opacity-50 data-popup-open:bg-hover data-popup-open:text-ink';

export function Spinner({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={cx('size-4 animate-spin', className)}>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" opacity="0.25" />
      <path d="M8 2a6 6 0 0 1 6 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
