import { create } from 'zustand';

export const LOCALES = ['zh-TW', 'en', 'ja'] as const;
export type Locale = (typeof LOCALES)[number];
export type Theme = 'auto' | 'light' | 'dark';
export type Density = 'comfortable' | 'compact';

export interface Preferences {
  theme: Theme;
  density: Density;
  /** `null` follows the browser. */
  locale: Locale | null;
  /** In which times are written. `null` is the browser's. */
  zone: string | null;
  /** In which amounts are said beside US dollars, and how much of it a dollar comes to. `null` is not at all. */
  currency: string | null;
  rate: string | null;
  /** Whether the desktop tells of one's batches, and whether a tone does. */
  desktop: boolean;
  sound: boolean;
  /** Keys that a person gave to actions, by the action's id. */
  keys: Record<string, string>;
}

/** public/boot.js reads the same key before the first paint. */
const PLACE = 'imageloom.preferences';
const FIRST: Preferences = { theme: 'auto', density: 'comfortable', locale: null, zone: null, currency: null, rate: null, desktop: false, sound: false, keys: {} };

function kept(): Preferences {
  try {
    const read = JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Preferences>;
    return { ...FIRST, ...read };
  } catch {
    return FIRST;
  }
}

export const usePreferences = create<Preferences>(kept);

/** Changes some preferences, and keeps them for the next visit. */
export function prefer(changes: Partial<Preferences>): void {
  usePreferences.setState(changes);
  try {
    localStorage.setItem(PLACE, JSON.stringify(usePreferences.getState()));
  } catch {
    // A browser that keeps nothing: the wish holds until the page is closed.
  }
}

const darkness = matchMedia('(prefers-color-scheme: dark)');

function paint(): void {
  const { theme, density } = usePreferences.getState();
  const dark = theme === 'dark' || (theme === 'auto' && darkness.matches);
  const root = document.documentElement;
  root.dataset.theme = dark ? 'dark' : 'light';
  root.dataset.density = density;
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#111110' : '#f5f5f3');
}

/** Keeps the document in the wished theme and density, also when the system turns dark. */
export function followPreferences(): void {
  paint();
  usePreferences.subscribe(paint);
  darkness.addEventListener('change', paint);
}

/** The language of the page: what was chosen, or the first that the browser asks for and we speak. */
export function chosenLocale(wished: Locale | null, browser: readonly string[] = navigator.languages): Locale {
  if (wished) return wished;
  for (const tag of browser) {
    const language = tag.toLowerCase().split('-')[0];
    if (language === 'zh') return 'zh-TW';
    if (language === 'ja') return 'ja';
    if (language === 'en') return 'en';
  }
  return 'en';
}
