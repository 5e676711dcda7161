import { useQuery } from '@tanstack/react-query';
import { ImageOff, ImagePlus, X } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { listAssetsOptions, type ModelRead, readAssetOptions } from '@/api';
import { cx } from '@/lib/cx';
import { dragAssets } from '@/lib/dragging';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';

import { useDraft } from '../model';
import { addReferences, hindered, removeReference } from '../references';

const FRESH_MILLISECONDS = 1_500;
const STRIP = 24;

export interface ReferencesProps {
  models: readonly ModelRead[];
  onFiles: (files: readonly File[]) => void;
  isBusy: boolean;
}

/** Pictures that every item sends along to be edited: dropped, pasted, chosen from a file or from the library. */
export function References({ models, onFiles, isBusy }: ReferencesProps) {
  const { t } = useTranslation('create');
  const references = useDraft((draft) => draft.references);
  const [isChoosing, setChoosing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 text-small font-medium text-ink2">{t('references.label')}</legend>
      {references.length > 0 && (
        <ul className="grid grid-cols-4 gap-1.5">
          {references.map((id, place) => (
            <Thumb key={id} id={id} number={place + 1} />
          ))}
        </ul>
      )}
      {hindered(models, references.length).map(({ title, most }) => (
        <Notice key={title} kind="warn">
          {most === 0 ? t('references.cannot', { title }) : t('references.fewer', { title, count: most })}
        </Notice>
      ))}
      <div className="flex flex-wrap gap-2">
        <Button size="small" busy={isBusy} icon={<ImagePlus aria-hidden="true" className="size-3.5" />} onClick={() => input.current?.click()}>
          {t('references.add')}
        </Button>
        <Button size="small" tone="quiet" aria-expanded={isChoosing} onClick={() => setChoosing(!isChoosing)}>
          {t('references.library')}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          multiple
          accept="image/png,image/jpeg,image/webp"
          aria-label={t('references.add')}
          onChange={(event) => {
            onFiles([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </div>
      {isChoosing && <Strip chosen={references} />}
      {references.length === 0 && !isChoosing && <p className="text-small text-ink3">{t('references.hint')}</p>}
    </fieldset>
  );
}

function Thumb({ id, number }: { id: string; number: number }) {
  const { t } = useTranslation('create');
  const asset = useQuery({
    ...readAssetOptions({ path: { asset_id: id } }),
    retry: false,
    // Its preview is being made.
    refetchInterval: (query) => (query.state.data?.previews === 'pending' ? FRESH_MILLISECONDS : false),
  });
  const isGone = asset.isError || (asset.data && asset.data.previews !== 'done' && asset.data.previews !== 'pending');
  return (
    <li className="relative aspect-square overflow-hidden rounded-frame bg-mat">
      {asset.data?.previews === 'done' && (
        <img src={`/api/assets/${id}/preview?size=256`} alt={t('references.picture', { number })} className="size-full object-cover" />
      )}
      {isGone && (
        <span className="flex size-full items-center justify-center text-ink3" title={t('references.gone')}>
          <ImageOff aria-hidden="true" className="size-5" />
          <span className="sr-only">{t('references.gone')}</span>
        </span>
      )}
      <button
        type="button"
        aria-label={t('references.remove', { number })}
        onClick={() => removeReference(id)}
        className="absolute top-0.5 right-0.5 flex size-6 items-center justify-center rounded-control bg-black/70 text-white hover:bg-black max-tablet:size-9"
      >
        <X aria-hidden="true" className="size-3.5" />
      </button>
    </li>
  );
}

/** The newest pictures of the library, to be clicked or dragged. */
function Strip({ chosen }: { chosen: readonly string[] }) {
  const { t } = useTranslation('create');
  const newest = useQuery(listAssetsOptions({ query: { limit: STRIP } }));
  const assets = newest.data?.items.filter(({ previews }) => previews === 'done') ?? [];
  if (newest.isSuccess && assets.length === 0) return <p className="text-small text-ink3">{t('references.none')}</p>;
  return (
    <ul aria-label={t('references.newest')} className="scroll-slim grid max-h-56 grid-cols-4 gap-1.5 overflow-y-auto rounded-control bg-mat p-1.5">
      {assets.map(({ id, provenance }, place) => (
        <li key={id}>
          <button
            type="button"
            draggable
            aria-pressed={chosen.includes(id)}
            aria-label={t('references.take', { number: place + 1, prompt: typeof provenance['prompt'] === 'string' ? provenance['prompt'] : '' })}
            onClick={() => (chosen.includes(id) ? removeReference(id) : addReferences([id]))}
            onDragStart={(event: DragEvent) => dragAssets(event.dataTransfer, [id], location.origin)}
            className={cx('block aspect-square w-full overflow-hidden rounded-frame', chosen.includes(id) && 'shadow-[0_0_0_2px_var(--mat),0_0_0_4px_var(--signal)]')}
          >
            <img src={`/api/assets/${id}/preview?size=256`} alt="" draggable={false} loading="lazy" className="size-full object-cover" />
          </button>
        </li>
      ))}
    </ul>
  );
}
