import { useTranslation } from 'react-i18next';

import { said } from '@/lib/said';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';

import { dropLater, type Later, useLater } from '../later';
import { change } from '../model';

const WORDS_MOST = 60;

/** What waits for the server, or was refused by it: nothing that somebody submitted goes without a word. */
export function KeptNotices() {
  const all = useLater(({ kept }) => kept);
  return all.map((one) => <KeptNotice key={one.key} one={one} />);
}

function KeptNotice({ one }: { one: Later }) {
  const { t } = useTranslation('create');
  const words = (one.draft.name.trim() || one.draft.text.trim().split('\n')[0] || one.draft.sheet?.filename || '').slice(0, WORDS_MOST);
  const putBack = () => {
    change(one.draft);
    dropLater(one.key);
  };
  return (
    <Notice
      kind={one.refused === null ? 'info' : 'bad'}
      className="mx-4 mb-3"
      action={
        <Button size="small" tone="quiet" onClick={putBack}>
          {t('later.putBack')}
        </Button>
      }
    >
      {one.refused === null ? t('later.waits', { words }) : t('later.refused', { words, reason: said(one.refused) })}
    </Notice>
  );
}
