/**
 * The server speaks English. In another language its sentences are looked up as gettext does it: the English sentence, with
 * named gaps for what it was filled with, is the key. What is not known stays as it came, and so does what fills the gaps.
 */

export type Words = Readonly<Record<string, string>>;

interface Template {
  pattern: RegExp;
  gaps: readonly string[];
  translation: string;
  /** Whether a gap is its end: then a full stop behind it may be the sentence's, or that of what fills the gap. */
  isOpen: boolean;
  /** How many characters are the same in every such sentence: of two that fit, the longer is meant. */
  weight: number;
}

const GAP = /\{(\w+)\}/g;
/** Behind the full stop of a wide script stands no space. */
const GAP_AND_SPACE = /\{(\w+)\}( ?)/g;
/** Gaps that hold a word of the server's own, as *batch*; any other word there belongs to somebody. */
const WORD_GAP = /^(?:word|kind|what|state|value|entry|counted|field_type)\d*$/;
/** Of those some never hold more than one. */
const ONE_WORD = /^(?:kind|state)\d*$/;
/** Gaps that list what there is, the last behind an *or*. */
const LISTED = /^(?:expected|near|nearest)\d*$/;
/** What people wrote, and names: never translated, whatever they read like. */
const THEIRS = /^(?:name|text|title|filename|label|email|model|node|pattern|shown|source|key|member|host|columns?|prompt|path)\d*$/;
/** A word or two that the server puts into a sentence. */
const OWN_WORD = /^[a-z ]{2,20}$/;
const SENTENCE_END = /(?<=[.?!])\s+/;
const OWN_SCRIPT = /[\u3040-\u30ff\u4e00-\u9fff]/;
const WIDE_END = /[\u3002\uff01\uff1f\uff1a]$/;
const HEADED = /^([\w.[\]-]+|[A-Z]+ \/\S*): ([\s\S]+)$/;
const LONGEST = 4_000;
const KEPT = 1_000;
const DEEPEST = 4;

let exact: Words = {};
let byFirstWord = new Map<string, Template[]>();
let kept = new Map<string, string>();
let isForeign = false;

/** From now on the server's words are said in these; without any they stay English. */
export function learn(words: Words): void {
  exact = words;
  kept = new Map();
  byFirstWord = new Map();
  isForeign = Object.keys(words).length > 0;
  const ownWords = Object.keys(words).filter((key) => OWN_WORD.test(key)).map(escaped).join('|');
  for (const [key, translation] of Object.entries(words)) {
    if (key.search(GAP) < 0) continue;
    const first = firstWord(key.slice(0, key.search(GAP)));
    byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), compiled(key, translation, ownWords)]);
  }
  for (const templates of byFirstWord.values()) templates.sort((one, other) => other.weight - one.weight);
}

/** A text of the server in the language of the page. */
export function said(text: string): string;
export function said(text: string | null | undefined): string | undefined;
export function said(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined;
  if (!isForeign || text.length > LONGEST) return text;
  const before = kept.get(text);
  if (before !== undefined) return before;
  const words = translated(text, 0) ?? text;
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, words);
  return words;
}

/** The language of what `said` gave, where it is another than the page's: for the attribute of the same name. */
export function langOf(words: string | null | undefined): 'en' | undefined {
  return words && isForeign && !OWN_SCRIPT.test(words) ? 'en' : undefined;
}

/** The first word, when it is a whole one: a template is looked for among those that begin alike. */
function firstWord(text: string): string {
  return /^(\S+)\s/.exec(text)?.[1] ?? '';
}

function compiled(key: string, translation: string, ownWords: string): Template {
  const gaps: string[] = [];
  const literal = key.split(GAP).filter((part, place) => (place % 2 === 0 ? true : (gaps.push(part), false)));
  const holes = gaps.map((gap) => (/^word\d*$/.test(gap) ? `(${ownWords})` : ONE_WORD.test(gap) ? String.raw`(\S*?)` : String.raw`([\s\S]*?)`));
  const pattern = new RegExp(`^${literal.map((part, place) => escaped(part) + (holes[place] ?? '')).join('')}$`);
  return { pattern, gaps, translation, isOpen: literal.at(-1) === '', weight: literal.join('').length };
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** A whole sentence, else several, else what follows a name; `undefined` for what is not known. */
function translated(text: string, depth: number): string | undefined {
  if (depth > DEEPEST || text === '') return undefined;
  const whole = Object.hasOwn(exact, text) ? exact[text] : undefined;
  if (whole) return whole;
  for (const way of [oneSentence, closed, onlyKnown, oneOfMore, whatIsKnown, afterName, beforeCause]) {
    const words = way(text, depth);
    if (words !== undefined) return words;
  }
  return undefined;
}

const oneSentence = (text: string, depth: number) => byTemplate(text, depth, false);
const onlyKnown = (text: string, depth: number) => bySentences(text, depth, true);
const oneOfMore = (text: string, depth: number) => byTemplate(text, depth, true);
const whatIsKnown = (text: string, depth: number) => bySentences(text, depth, false);

/** `mayHoldMore`: whether what fills a gap may be more than one sentence. */
function byTemplate(text: string, depth: number, mayHoldMore: boolean): string | undefined {
  for (const first of new Set([firstWord(text), ''])) {
    for (const { pattern, gaps, translation, isOpen } of byFirstWord.get(first) ?? []) {
      const values = pattern.exec(text)?.slice(1);
      if (!values || (!mayHoldMore && values.some((value) => SENTENCE_END.test(value.trim())))) continue;
      if (isOpen && !mayHoldMore && text.endsWith('.') && translated(values.at(-1) ?? '', depth + 1) === undefined) continue;
      return translation.replaceAll(GAP_AND_SPACE, (all, gap: string, space: string, at: number) => {
        const value = values[gaps.indexOf(gap)];
        if (value === undefined) return all;
        const words = filling(gap, value, depth);
        // Nothing is closed within brackets.
        if (words !== value && translation.charAt(at + all.length) === '）') return words.replace(/。$/, '');
        return WIDE_END.test(words) ? words : words + space;
      });
    }
  }
  return undefined;
}

function filling(gap: string, value: string, depth: number): string {
  const bare = value.trim();
  if (WORD_GAP.test(gap) && Object.hasOwn(exact, bare)) return exact[bare] || value;
  if (LISTED.test(gap)) return value.replaceAll(' or ', () => ` ${exact['or'] ?? 'or'} `);
  if (THEIRS.test(gap) || !bare.includes(' ') || /^['"]/.test(bare)) return value;
  return translated(bare, depth + 1) ?? translated(bare.charAt(0).toLowerCase() + bare.slice(1), depth + 1) ?? value;
}

/** `wholly`: only when every sentence is known. */
function bySentences(text: string, depth: number, wholly: boolean): string | undefined {
  const pieces = text.split(SENTENCE_END);
  if (pieces.length < 2) return undefined;
  const told: string[] = [];
  let isAnyKnown = false;
  for (let place = 0; place < pieces.length; ) {
    const run = longestRun(pieces, place, depth);
    if (!run && wholly) return undefined;
    isAnyKnown ||= run !== undefined;
    told.push(run?.words ?? pieces[place] ?? '');
    place += run?.length ?? 1;
  }
  if (!isAnyKnown) return undefined;
  return told.reduce((before, next) => `${before}${WIDE_END.test(before) ? '' : ' '}${next}`);
}

/** The most sentences from a place on that are one key. */
function longestRun(pieces: readonly string[], from: number, depth: number): { words: string; length: number } | undefined {
  for (let to = Math.min(pieces.length, from + 3); to > from; to -= 1) {
    if (from === 0 && to === pieces.length) continue;
    const text = pieces.slice(from, to).join(' ');
    const words = (Object.hasOwn(exact, text) && exact[text]) || byTemplate(text, depth, false);
    if (words) return { words, length: to - from };
  }
  return undefined;
}

/** `body.email: must be …`: a place, and what is wrong there. */
function afterName(text: string, depth: number): string | undefined {
  const [, name, rest] = HEADED.exec(text) ?? [];
  const words = rest === undefined ? undefined : translated(rest, depth + 1);
  return words === undefined ? undefined : `${name}: ${words}`;
}

/** A part of a sentence, and its cause as somebody else told it: `The picture is damaged: …`. */
function beforeCause(text: string, depth: number): string | undefined {
  const at = text.indexOf(': ');
  const words = at < 0 ? undefined : translated(text.slice(0, at), depth + 1);
  if (words === undefined) return undefined;
  const cause = text.slice(at + 2);
  return `${words}${OWN_SCRIPT.test(words) ? '：' : ': '}${translated(cause, depth + 1) ?? cause}`;
}

/** A part of a sentence that stands alone, closed by a full stop. */
function closed(text: string, depth: number): string | undefined {
  const words = text.endsWith('.') && !SENTENCE_END.test(text) ? translated(text.slice(0, -1), depth + 1) : undefined;
  return words === undefined ? undefined : `${words}${OWN_SCRIPT.test(words) ? '。' : '.'}`;
}
