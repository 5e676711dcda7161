import { useTranslation } from 'react-i18next';

import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { say } from '@/ui/toast';

import { type Draft, settle, useDraft, useOthers } from '../model';
import { areSame } from '../tabs';

const WORDS_MOST = 60;

/** What another tab has written without seeing what stands here: a person decides, and can take that back. */
export function OtherTab() {
  const { t } = useTranslation('create');
  const draft = useDraft();
  const other = useOthers(({ others }) => others).find(({ words }) => !areSame(words, draft));
  if (!other) return null;
  const decide = (choice: 'take' | 'keep') => {
    const undo = settle(other, choice);
    say({ title: t(choice === 'take' ? 'tabs.taken' : 'tabs.kept'), action: { label: t('lines.undo'), run: undo } });
  };
  const words = differing(other.words, draft);
  return (
    <Notice kind="info" className="mx-4 mt-2 shrink-0">
      <p className="break-words">{words ? t('tabs.words', { words }) : t('tabs.settings')}</p>
      <div className="mt-1 flex flex-wrap gap-2">
        <Button size="small" onClick={() => decide('take')}>
          {t('tabs.take')}
        </Button>
        <Button size="small" tone="quiet" onClick={() => decide('keep')}>
          {t('tabs.keep')}
        </Button>
      </div>
    </Notice>
  );
}

/** The first line that is not here: by it a person knows what the other tab has. */
function differing(other: Draft, here: Draft): string {
  if (other.sheet && other.sheet.id !== here.sheet?.id) return other.sheet.filename;
  const lines = new Set(here.text.split('\n'));
  const line = other.text.split('\n').find((one) => one.trim() !== '' && !lines.has(one));
  return (line ?? (other.text === here.text ? '' : other.text)).trim().slice(0, WORDS_MOST);
}
