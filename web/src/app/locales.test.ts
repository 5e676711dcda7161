import { describe, expect, it } from 'vitest';

type Words = { [key: string]: string | Words };

const files = import.meta.glob<Words>(['./locales/*.json', '../features/*/locales/*.json'], { eager: true, import: 'default' });
const PLURAL = /_(zero|one|two|few|many|other)$/;

function keys(words: Words, before = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [before + key] : keys(value, `${before}${key}.`),
  );
}

function text(words: Words, path: string): string {
  return path.split('.').reduce<string | Words>((here, part) => (here as Words)[part] ?? '', words) as string;
}

const folders = [...new Set(Object.keys(files).map((path) => path.replace(/\/[^/]+$/, '')))];

describe('the words of every language', () => {
  it('are there at all', () => {
    expect(folders.length).toBeGreaterThan(6);
  });

  it.each(folders)('%s says the same things in all of them', (folder) => {
    const english = new Set(keys(files[`${folder}/en.json`] ?? {}).map((key) => key.replace(PLURAL, '')));
    for (const language of ['zh-TW', 'ja']) {
      const words = files[`${folder}/${language}.json`];
      expect(words, `${folder}/${language}.json`).toBeDefined();
      const other = new Set(keys(words ?? {}).map((key) => key.replace(PLURAL, '')));
      expect([...other].sort()).toEqual([...english].sort());
    }
  });

  it.each(Object.keys(files))('%s has a form for every number', (path) => {
    const language = path.split('/').at(-1)?.replace('.json', '') ?? 'en';
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const all = keys(files[path] ?? {});
    for (const base of new Set(all.filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, '')))) {
      expect(categories.every((category) => all.includes(`${base}_${category}`)), `${base} in ${path}`).toBe(true);
    }
  });

  it.each(folders)('%s fills the same gaps in all of them', (folder) => {
    const english = files[`${folder}/en.json`] ?? {};
    for (const language of ['zh-TW', 'ja']) {
      const words = files[`${folder}/${language}.json`] ?? {};
      for (const key of keys(words)) {
        const gaps = (value: string) => [...value.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).sort();
        const base = PLURAL.test(key) ? key.replace(PLURAL, '_other') : key;
        expect(gaps(text(words, key)), `${language} ${key}`).toEqual(gaps(text(english, base)));
      }
    }
  });
});
