import { useTranslation } from 'react-i18next';

import { asProblem } from '@/api';
import { formatNumber } from '@/lib/format';
import { Dialog } from '@/ui/dialog';
import { ErrorState, Loading } from '@/ui/state';

import { usePreview } from '../api';
import { useDraft } from '../model';

/** What a picture is asked for beside its prompt, in few words. */
export function factsOf({ width, height, ...rest }: Record<string, unknown>): string[] {
  const others = Object.entries(rest).filter(([, value]) => value !== null && value !== '');
  return [...(width && height ? [`${width}×${height}`] : []), ...others.map(([name, value]) => `${name} ${value}`)];
}

/** The first prompts as they would be sent, choices made and columns filled. Makes nothing. */
export function PreviewDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation('create');
  const draft = useDraft();
  const { data, error, isPending } = usePreview(draft, open);
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t('preview.title')} className="tablet:w-[min(720px,calc(100vw-48px))]">
      <div className="scroll-slim overflow-y-auto px-5 pb-5">
        {error ? <ErrorState problem={asProblem(error)} /> : isPending && <Loading />}
        {data && (
          <>
            <p className="pb-2 text-small text-ink3">{t('preview.count', { shown: data.items.length, total: formatNumber(Number(data.count)) })}</p>
            <ol className="divide-y divide-line border-y border-line">
              {data.items.map((item) => (
                <li key={item.position} className="flex gap-3 py-2">
                  <span className="w-9 shrink-0 text-end font-mono text-small leading-[22px] text-ink3">{item.position + 1}</span>
                  <div className="min-w-0">
                    <p className="font-mono text-control leading-[22px] break-words">{item.sent}</p>
                    <p className="text-small text-ink3">
                      {[item.model, ...factsOf(item.fields)].join(' · ')}
                    </p>
                  </div>
                </li>
              ))}
            </ol>
          </>
        )}
      </div>
    </Dialog>
  );
}
