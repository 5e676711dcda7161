import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';

import { iconButtonLook } from './button';

const backdropLook =
  'fixed inset-0 z-40 bg-shade transition-opacity duration-180 data-starting-style:opacity-0 data-ending-style:opacity-0';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Said to screen readers only, where the content names itself. */
  titleHidden?: boolean;
  children: ReactNode;
  /** Buttons at the end. */
  foot?: ReactNode;
  className?: string;
}

/** A question or a small form over the page. On phones it comes from the bottom. */
export function Dialog({ open, onOpenChange, title, titleHidden, children, foot, className }: DialogProps) {
  const { t } = useTranslation('app');
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdropLook} />
        <Base.Popup
          className={cx(
            'fixed z-50 flex max-h-[85dvh] flex-col overflow-hidden border-line bg-raised text-ink shadow-pop outline-none transition-[opacity,transform] duration-180',
            'max-tablet:inset-x-0 max-tablet:bottom-0 max-tablet:rounded-t-dialog max-tablet:border-t max-tablet:pb-[env(safe-area-inset-bottom)] max-tablet:data-ending-style:translate-y-full max-tablet:data-starting-style:translate-y-full',
            'tablet:top-[12dvh] tablet:left-1/2 tablet:w-[min(560px,calc(100vw-48px))] tablet:-translate-x-1/2 tablet:rounded-dialog tablet:border tablet:data-ending-style:opacity-0 tablet:data-starting-style:opacity-0',
            className,
          )}
        >
          <header className={titleHidden ? 'sr-only' : 'flex items-center justify-between gap-4 px-5 pt-4 pb-2'}>
            <Base.Title className="text-lead font-semibold">{title}</Base.Title>
            {!titleHidden && (
              <Base.Close aria-label={t('close')} className={cx(iconButtonLook, '-mr-2')}>
                <X aria-hidden="true" className="size-4" />
              </Base.Close>
            )}
          </header>
          {children}
          {foot && <footer className="flex justify-end gap-2 border-t border-line px-5 py-3">{foot}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
