import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { type LineCounts, type LineProblems, PromptEditor, type WildcardName } from './view';

export interface EditorProps {
  text: string;
  onChange: (text: string) => void;
  problems: LineProblems;
  /** `null` leaves what is shown. */
  counts: LineCounts | null;
  /** Whether somebody was typing in what stood here before. */
  focused: boolean;
  /** And where. */
  caret: { readonly current: number };
  wildcards: readonly WildcardName[];
}

export default function Editor({ text, onChange, problems, counts, focused, caret, wildcards }: EditorProps) {
  const { t } = useTranslation('create');
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<PromptEditor>(null);
  const latest = useRef({ text, onChange, problems, counts, focused, caret, wildcards });
  useEffect(() => {
    latest.current = { text, onChange, problems, counts, focused, caret, wildcards };
  });
  const [label, hint] = [t('lines.label'), t('lines.placeholder')];
  useEffect(() => {
    if (!parent.current) return;
    const made = new PromptEditor({
      parent: parent.current,
      text: latest.current.text,
      label,
      hint,
      onChange: (next) => latest.current.onChange(next),
      wildcards: () => latest.current.wildcards,
    });
    made.showProblems(latest.current.problems);
    if (latest.current.counts) made.showCounts(latest.current.counts);
    editor.current = made;
    if (latest.current.focused) made.focus(latest.current.caret.current);
    return () => made.destroy();
  }, [label, hint]);
  useEffect(() => editor.current?.setText(text), [text]);
  useEffect(() => editor.current?.showProblems(problems), [problems]);
  useEffect(() => {
    if (counts) editor.current?.showCounts(counts);
  }, [counts]);
  return <div ref={parent} className="absolute inset-0" />;
}
