import i18next, { type BackendModule, type ReadCallback } from 'i18next';
import { initReactI18next } from 'react-i18next';

import { chosenLocale, LOCALES, usePreferences } from '@/lib/preferences';
import { learn } from '@/lib/said';

type Words = { default: Record<string, unknown> };

const files = {
  ...import.meta.glob<Words>('./locales/*.json'),
  ...import.meta.glob<Words>('../features/*/locales/*.json'),
};

/** What the server says, for each language that it does not speak itself. */
const sayings = import.meta.glob<{ default: Record<string, string> }>('./said/*.json');
const SAID = 'said';

/** Fetches the server's words in the language of the page. Nothing waits for them: what stands there is drawn anew then. */
export async function learnSayings(): Promise<void> {
  const { language } = i18next;
  const words = await sayings[`./said/${language}.json`]?.().catch(() => undefined);
  if (i18next.language !== language) return;
  learn(words?.default ?? {});
  i18next.emit(SAID);
}

/** One file per language and feature, fetched when it is first spoken. */
const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read(language: string, namespace: string, done: ReadCallback) {
    const path = namespace === 'app' ? `./locales/${language}.json` : `../features/${namespace}/locales/${language}.json`;
    const load = files[path];
    if (!load) return done(new Error(`no words in ${path}`), false);
    load().then(
      (words) => done(null, words.default as never),
      (error: unknown) => done(error as Error, false),
    );
  },
};

/** The words of the screen that is asked for, which come together with the shell's and not after them. */
function screenWords(path: string): string[] {
  const name = path.split('/')[1] || 'create';
  return `../features/${name}/locales/en.json` in files ? [name] : [];
}

/** Starts in the language that was chosen or that the browser asks for, and follows the choice. */
export async function startLanguages(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: chosenLocale(usePreferences.getState().locale),
      fallbackLng: 'en',
      supportedLngs: [...LOCALES],
      load: 'currentOnly',
      ns: ['app', ...screenWords(location.pathname)],
      defaultNS: 'app',
      interpolation: { escapeValue: false },
      partialBundledLanguages: true,
      react: { bindI18n: `languageChanged ${SAID}` },
    });
  usePreferences.subscribe(({ locale }, before) => {
    if (locale !== before.locale) void i18next.changeLanguage(chosenLocale(locale)).then(learnSayings);
  });
}
