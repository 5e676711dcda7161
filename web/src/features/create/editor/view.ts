import { autocompletion, type CompletionContext, completionKeymap, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, isolateHistory } from '@codemirror/commands';
import { EditorState, type Extension, type Range, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view';

/** What is wrong with lines, by their place from nought. */
export type LineProblems = ReadonlyMap<number, string>;

const GRAMMAR = /(\{\{[^{}\n]*\}\})|(__[^\s_][^\n]*?__)|(<[a-z]+[:[][^<>\n]*>)|([{}|])/g;
const CLASSES = ['cm-column', 'cm-wildcard', 'cm-wildcard', 'cm-choice'];

const grammar = new MatchDecorator({
  regexp: GRAMMAR,
  decoration: (match) => Decoration.mark({ class: CLASSES[match.slice(1).findIndex((group) => group !== undefined)] }),
});

const highlight = ViewPlugin.fromClass(
  class {
    marks: DecorationSet;

    constructor(view: EditorView) {
      this.marks = grammar.createDeco(view);
    }

    update(update: ViewUpdate) {
      this.marks = grammar.updateDeco(update, this.marks);
    }
  },
  { decorations: (plugin) => plugin.marks },
);

class ProblemWidget extends WidgetType {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: ProblemWidget): boolean {
    return other.text === this.text;
  }

  toDOM(): HTMLElement {
    const element = document.createElement('div');
    element.className = 'cm-problem';
    element.textContent = this.text;
    return element;
  }
}

const setProblems = StateEffect.define<LineProblems>();

const problems = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setProblems)) continue;
      const { doc } = transaction.state;
      const ranges: Range<Decoration>[] = [];
      for (const [place, text] of [...effect.value].sort(([a], [b]) => a - b)) {
        if (place >= doc.lines) continue;
        const line = doc.line(place + 1);
        ranges.push(Decoration.line({ class: 'cm-bad' }).range(line.from));
        ranges.push(Decoration.widget({ widget: new ProblemWidget(text), block: true, side: 1 }).range(line.to));
      }
      return Decoration.set(ranges, true);
    }
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** What lines come to, as is written at their end, by their place from nought. */
export type LineCounts = ReadonlyMap<number, string>;

const setCounts = StateEffect.define<LineCounts>();

const counts = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setCounts)) continue;
      const { doc } = transaction.state;
      const ranges = [...effect.value]
        .filter(([place]) => place < doc.lines)
        .map(([place, count]) => Decoration.line({ attributes: { 'data-count': count } }).range(doc.line(place + 1).from));
      return Decoration.set(ranges, true);
    }
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A wildcard's name, and what is said beside it. */
export interface WildcardName {
  name: string;
  detail: string;
}

/** After two underscores: the names that a prompt may use. */
export function completeWildcard(context: Pick<CompletionContext, 'matchBefore'>, names: readonly WildcardName[]): CompletionResult | null {
  const begun = context.matchBefore(/__[\p{L}\p{N}\-./]*/u);
  if (!begun || names.length === 0) return null;
  const options = names.map(({ name, detail }) => ({ label: `__${name}__`, detail, type: 'constant' }));
  return { from: begun.from, options, validFor: /^__[\p{L}\p{N}\-./]*_{0,2}$/u };
}

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', fontSize: '14px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono-prompt)', lineHeight: '24px', overflow: 'auto', scrollbarWidth: 'thin' },
  // On the widest screens a line is as long as can be read, and no longer.
  '.cm-content': { maxWidth: '160ch', padding: '12px 0 48px', caretColor: 'var(--signal)' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-line[data-count]': { position: 'relative', paddingRight: '72px' },
  '.cm-line[data-count]::after': { content: 'attr(data-count)', position: 'absolute', top: '0', right: '16px', color: 'var(--ink3)', fontSize: '12px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink3)', border: 'none', paddingLeft: '8px', fontSize: '12px' },
  '.cm-gutterElement': { lineHeight: '24px' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--signal)', borderLeftWidth: '2px' },
  '.cm-placeholder': { color: 'var(--ink3)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--signal) 24%, transparent)',
  },
  // Smaller, and phones would zoom in.
  '@media (max-width: 767px)': { '&': { fontSize: '16px' } },
  '.cm-choice': { color: 'var(--signal)', fontWeight: '600' },
  '.cm-column': { color: 'var(--info)' },
  '.cm-wildcard': { color: 'var(--ok)' },
  '.cm-bad': { backgroundColor: 'var(--bad-bg)' },
  '.cm-tooltip': { border: '1px solid var(--line)', borderRadius: '6px', backgroundColor: 'var(--raised)', color: 'var(--ink)', zIndex: '30' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono-prompt)', fontSize: '13px', maxHeight: '220px' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '4px 10px', lineHeight: '20px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--hover)', color: 'var(--ink)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--signal)' },
  '.cm-completionDetail': { fontStyle: 'normal', color: 'var(--ink3)' },
  '.cm-problem': {
    padding: '2px 16px 4px 8px',
    color: 'var(--bad)',
    backgroundColor: 'var(--bad-bg)',
    fontFamily: 'var(--font-ui)',
    fontSize: '12px',
    lineHeight: '18px',
  },
});

const UNDONE_LEAST = 1_000;

/** The one stretch in which two texts differ. */
export function difference(before: string, after: string): { from: number; to: number; insert: string } | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let same = 0;
  while (same < most - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}

export interface EditorWishes {
  parent: HTMLElement;
  text: string;
  label: string;
  hint: string;
  onChange: (text: string) => void;
  /** The wildcards that may be named, as they are when somebody begins to name one. */
  wildcards: () => readonly WildcardName[];
}

/**
 * The editor of prompt lines. It lives in a shadow root, for its styles are then sheets that the page's rules allow,
 * and no style element that they forbid.
 */
export class PromptEditor {
  readonly #view: EditorView;

  constructor({ parent, text, label, hint, onChange, wildcards }: EditorWishes) {
    const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' });
    const extensions: Extension[] = [
      lineNumbers(),
      // What another tab types comes in many small steps, which must not push out one's own.
      history({ minDepth: UNDONE_LEAST }),
      drawSelection(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      EditorView.lineWrapping,
      highlight,
      problems,
      counts,
      placeholder(hint),
      autocompletion({ icons: false, override: [(context) => completeWildcard(context, wildcards())] }),
      theme,
      EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'true', autocapitalize: 'off' }),
      // Generating has this key, wherever the caret stands.
      keymap.of([{ key: 'Mod-Enter', run: () => true }, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange(update.state.doc.toString());
      }),
    ];
    this.#view = new EditorView({ parent: root, root, state: EditorState.create({ doc: text, extensions }) });
  }

  /** Takes over what was written elsewhere: only where it differs, so that the caret stays and undoing goes on. */
  setText(text: string): void {
    const changes = difference(this.#view.state.doc.toString(), text);
    // Undone by itself, and never with what was typed here beside it.
    if (changes) this.#view.dispatch({ changes, annotations: isolateHistory.of('full') });
  }

  showProblems(found: LineProblems): void {
    this.#view.dispatch({ effects: setProblems.of(found) });
  }

  showCounts(found: LineCounts): void {
    this.#view.dispatch({ effects: setCounts.of(found) });
  }

  focus(caret: number): void {
    this.#view.dispatch({ selection: { anchor: Math.min(caret, this.#view.state.doc.length) } });
    this.#view.focus();
  }

  destroy(): void {
    this.#view.destroy();
  }
}
