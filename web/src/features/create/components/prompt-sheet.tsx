import { useQueryClient } from '@tanstack/react-query';
import { type ComponentType, createElement, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { ProblemRead } from '@/api';
import { formatNumber } from '@/lib/format';
import { quiet } from '@/lib/quiet';
import { said } from '@/lib/said';

import type { EditorProps } from '../editor/prompt-editor';
import { change, linesOf, useDraft } from '../model';
import { namesOf, useWildcardFiles } from '../wildcards';

let loaded: ComponentType<EditorProps> | null = null;

/** What is drawn of the editor once it has come. */
function Editor(props: EditorProps) {
  return loaded && createElement(loaded, props);
}

/** Whether the editor is there: it comes when the page has what the visitor waits for. Where it does not, the plain field stays. */
function useEditor(): boolean {
  const queries = useQueryClient();
  const [isThere, setThere] = useState(loaded !== null);
  useEffect(() => {
    if (loaded) return;
    const load = async () => {
      await quiet(queries);
      loaded = (await import('../editor/prompt-editor')).default;
      setThere(true);
    };
    load().catch(() => undefined);
  }, [queries]);
  return isThere;
}

/** What the server says of rows, at the lines where they stand. */
export function problemsByLine(text: string, problems: readonly ProblemRead[]): Map<number, string> {
  const lines = linesOf(text);
  const found = new Map<number, string>();
  for (const { row, detail, hint } of problems) {
    const place = lines[row - 1]?.place;
    if (place === undefined) continue;
    const words = [said(detail), said(hint)].filter(Boolean).join(' ');
    const before = found.get(place);
    found.set(place, before ? `${before}\n${words}` : words);
  }
  return found;
}

/** How many pictures each line comes to, where that is not one for each. */
export function countsByLine(text: string, items: readonly number[]): Map<number, string> {
  const found = new Map<number, string>();
  if (items.every((count) => count <= 1)) return found;
  for (const [row, count] of items.entries()) {
    const place = linesOf(text)[row]?.place;
    if (place !== undefined && count > 0) found.set(place, `×${formatNumber(count)}`);
  }
  return found;
}

/** One line, one prompt. A plain field until the editor has come. */
export function PromptSheet({ problems, items }: { problems: readonly ProblemRead[]; items: readonly number[] | null }) {
  const { t } = useTranslation('create');
  const text = useDraft((draft) => draft.text);
  const [focused, setFocused] = useState(false);
  const marks = useMemo(() => problemsByLine(text, problems), [text, problems]);
  // Until a change is counted, what was said before moves with its line.
  const counts = useMemo(() => items && countsByLine(text, items), [text, items]);
  const files = useWildcardFiles();
  const wildcards = useMemo(
    () => namesOf(files.data ?? []).map(({ name, values }) => ({ name, detail: t('wildcards.values', { count: values, formatted: formatNumber(values) }) })),
    [files.data, t],
  );
  const write = (next: string) => change({ text: next });
  const [composes, setComposes] = useState(false);
  const caret = useRef(0);
  const isThere = useEditor();
  return (
    <div className="relative min-h-0 grow" onFocus={() => setFocused(true)} onBlur={() => setFocused(false)}>
      {isThere && !composes ? (
        <Editor text={text} onChange={write} problems={marks} counts={counts} focused={focused} caret={caret} wildcards={wildcards} />
      ) : (
        <textarea
          aria-label={t('lines.label')}
          placeholder={t('lines.placeholder')}
          value={text}
          onChange={(event) => write(event.target.value)}
          onSelect={(event) => (caret.current = event.currentTarget.selectionEnd)}
          // What is being composed, as 中文 is, is finished where it was begun.
          onCompositionStart={() => setComposes(true)}
          onCompositionEnd={() => setComposes(false)}
          className="absolute inset-0 resize-none bg-transparent py-3 pr-4 pl-[46px] font-mono leading-6 outline-none"
        />
      )}
    </div>
  );
}
