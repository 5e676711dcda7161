import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';

export interface ShownOnceProps {
  title: string;
  /** That it is not shown again, and what to do with it. */
  text: string;
  label: string;
  secret: string;
  onClose: () => void;
  children?: ReactNode;
}

/** The one moment in which a secret can be read. */
export function ShownOnce({ title, text, label, secret, onClose, children }: ShownOnceProps) {
  const { t } = useTranslation('settings');
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      setIsCopied(true);
    } catch {
      // No leave to use the clipboard: the text can still be marked and copied by hand.
      setIsCopied(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={title}
      foot={
        <Button tone="ink" onClick={onClose}>
          {t('tokens.kept')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4 px-5 pt-1 pb-5">
        <Notice kind="warn">{text}</Notice>
        <div className="flex items-end gap-2">
          <div className="min-w-0 grow">
            <Input label={label} readOnly value={secret} className="font-mono" onFocus={(event) => event.target.select()} />
          </div>
          <Button
            icon={isCopied ? <Check aria-hidden="true" className="size-4" /> : <Copy aria-hidden="true" className="size-4" />}
            onClick={() => void copy()}
          >
            {t(isCopied ? 'tokens.copied' : 'tokens.copy')}
          </Button>
        </div>
        {children}
      </div>
    </Dialog>
  );
}
