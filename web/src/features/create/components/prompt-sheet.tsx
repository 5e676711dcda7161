import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { ProblemRead } from '@/api';
import { formatNumber } from '@/lib/format';

import { change, linesOf, useDraft } from '../model';
import { namesOf, useWildcardFiles } from '../wildcards';

const Editor = lazy(() => import('../editor/prompt-editor'));

/** What the server says of rows, at the lines where they stand. */
export function problemsByLine(text: string, problems: readonly ProblemRead[]): Map<number, string> {
  const lines = linesOf(text);
  const found = new Map<number, string>();
  for (const { row, detail, hint } of problems) {
    const place = lines[row - 1]?.place;
    if (place === undefined) continue;
    const words = [detail, hint].filter(Boolean).join(' ');
    const before = found.get(place);
    found.set(place, before ? `${before}\n${words}` : words);
  }
  return found;
}

/** One line, one prompt. A plain field until the editor has come. */
export function PromptSheet({ problems }: { problems: readonly ProblemRead[] }) {
  const { t } = useTranslation('create');
  const text = useDraft((draft) => draft.text);
  const [focused, setFocused] = useState(false);
  const marks = useMemo(() => problemsByLine(text, problems), [text, problems]);
  const files = useWildcardFiles();
  const wildcards = useMemo(
    () => namesOf(files.data ?? []).map(({ name, values }) => ({ name, detail: t('wildcards.values', { count: values, formatted: formatNumber(values) }) })),
    [files.data, t],
  );
  const write = (next: string) => change({ text: next });
  return (
    <div className="relative min-h-0 grow" onFocus={() => setFocused(true)} onBlur={() => setFocused(false)}>
      <Suspense
        fallback={
          <textarea
            aria-label={t('lines.label')}
            placeholder={t('lines.placeholder')}
            value={text}
            onChange={(event) => write(event.target.value)}
            className="absolute inset-0 resize-none bg-transparent py-3 pr-4 pl-[46px] font-mono leading-6 outline-none"
          />
        }
      >
        <Editor text={text} onChange={write} problems={marks} focused={focused} wildcards={wildcards} />
      </Suspense>
    </div>
  );
}
