import type { FormEvent, ReactNode } from 'react';

import { asProblem } from '@/api';
import { Button } from '@/ui/button';
import { Mark } from '@/ui/mark';
import { Notice } from '@/ui/notice';

export interface SheetProps {
  title: string;
  text?: ReactNode;
  children: ReactNode;
}

/** A sheet of paper on the mat, with the one thing to do. */
export function Sheet({ title, text, children }: SheetProps) {
  return (
    <main id="main" className="scroll-slim flex h-full flex-col items-center overflow-y-auto bg-mat px-4 py-[max(24px,12dvh)]">
      <title>{`${title} · Imageloom`}</title>
      <div className="flex w-full max-w-[400px] flex-col gap-5 rounded-dialog border border-line bg-surface p-7 max-tablet:p-5">
        <header className="flex flex-col gap-3">
          <p className="flex items-center gap-2.5 text-lead font-semibold">
            <Mark className="size-8" />
            Imageloom <span lang="zh-TW">織圖</span>
          </p>
          <h1 className="text-title font-semibold">{title}</h1>
          {text && <p className="text-body text-ink2">{text}</p>}
        </header>
        {children}
      </div>
    </main>
  );
}

export interface FormProps {
  action: string;
  isBusy: boolean;
  error: unknown;
  /** Fields that show their own errors. */
  fields: readonly string[];
  onSubmit: () => void;
  children: ReactNode;
}

/** A form of one button. What no field shows is said above it. */
export function Form({ action, isBusy, error, fields, onSubmit, children }: FormProps) {
  const problem = error ? asProblem(error) : null;
  const isShown = problem && !fields.some((field) => problem.at(field));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {isShown && (
        <Notice kind="bad">
          {problem.message} {problem.hint}
        </Notice>
      )}
      {children}
      <Button type="submit" tone="ink" size="large" busy={isBusy}>
        {action}
      </Button>
    </form>
  );
}
