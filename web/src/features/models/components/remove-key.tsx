import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { asProblem, listKeysQueryKey, listLanesQueryKey, removeKeyMutation, type KeyRead, type LaneRead } from '@/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { say } from '@/ui/toast';

export interface RemoveKeyProps {
  apiKey: KeyRead;
  name: string;
  lane: LaneRead | undefined;
  onClose: () => void;
}

/** A secret that is gone cannot be brought back: asked, with what waits on it. */
export function RemoveKey({ apiKey, name, lane, onClose }: RemoveKeyProps) {
  const { t } = useTranslation('models');
  const { t: app } = useTranslation('app');
  const queries = useQueryClient();
  const remove = useMutation({
    ...removeKeyMutation(),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: listKeysQueryKey() });
      void queries.invalidateQueries({ queryKey: listLanesQueryKey() });
      say({ title: t('keys.removed', { name }) });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('keys.removeTitle', { name })}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button tone="bad" busy={remove.isPending} onClick={() => remove.mutate({ path: { key_id: apiKey.id } })}>
            {t('keys.removeNow')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 overflow-y-auto px-5 pb-5 text-body text-ink2">
        <p>{t('keys.removeText')}</p>
        {lane && lane.waiting > 0 && <Notice kind="warn">{t('keys.removeWaits', { count: lane.waiting })}</Notice>}
        {remove.error && (
          <Notice kind="bad">
            <Said text={asProblem(remove.error).message} />
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
