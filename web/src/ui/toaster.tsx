import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { cx } from '@/lib/cx';

import { buttonLook, iconButtonLook } from './button';
import { useWords, type Word } from './toast';

const manager = Toast.createToastManager<Word>();

/** Shows what `say` was told, for some seconds, until it is closed or for as long as the pointer rests on it. */
export default function Toaster() {
  const { t } = useTranslation('app');
  const waiting = useWords((words) => words.waiting);
  useEffect(() => {
    if (waiting.length === 0) return;
    useWords.setState({ waiting: [] });
    for (const word of waiting) {
      manager.add({ title: word.title, description: word.text, data: word, priority: word.kind === 'bad' ? 'high' : 'low' });
    }
  }, [waiting]);
  return (
    <Toast.Provider toastManager={manager} timeout={6_000}>
      <Toast.Portal>
        {/* On phones what is pressed lies at the bottom, where they would cover it. */}
        <Toast.Viewport aria-label={t('told')} className="fixed right-4 bottom-16 z-50 flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 max-tablet:top-16 max-tablet:bottom-auto">
          <Slips />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Slips() {
  const { toasts } = Toast.useToastManager<Word>();
  const { t } = useTranslation('app');
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      data-toast=""
      className={cx(
        'flex items-start gap-3 rounded-dialog data-limited:hidden border border-line bg-raised p-3 text-control text-ink shadow-pop transition-opacity duration-180 data-ending-style:opacity-0 data-starting-style:opacity-0',
        toast.data?.kind === 'bad' && 'border-bad',
      )}
    >
      <div className="min-w-0 grow">
        <Toast.Title className="font-medium" />
        <Toast.Description className="text-ink2" />
      </div>
      {toast.data?.action && (
        <button
          type="button"
          className={buttonLook('line', 'small')}
          onClick={() => {
            toast.data?.action?.run();
            manager.close(toast.id);
          }}
        >
          {toast.data.action.label}
        </button>
      )}
      <Toast.Close aria-label={t('close')} className={cx(iconButtonLook, '-m-1 size-7')}>
        <X aria-hidden="true" className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}
