import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Notice, ProblemWords } from '@/ui/notice';

export interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** What the button says that does it. */
  action: string;
  isBusy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asked only where nothing brings back what was there. */
export function Confirm({ title, children, action, isBusy, error, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation('app');
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={title}
      foot={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button tone="bad" busy={isBusy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 overflow-y-auto px-5 pb-5 text-body text-ink2">
        <p>{children}</p>
        {error !== null && (
          <Notice kind="bad">
            <ProblemWords problem={asProblem(error)} />
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
