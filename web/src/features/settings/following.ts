import { changeProfile, readProfile, type PreferencesRead, type PreferencesUpdate } from '@/api';
import { prefer, type Preferences, usePreferences } from '@/lib/preferences';

/** What the server has of a person's wishes, as this page has them. What it does not have stays as it is here. */
export function wishesOf(kept: PreferencesRead): Partial<Preferences> {
  return {
    ...(kept.theme && { theme: kept.theme === 'system' ? 'auto' : kept.theme }),
    ...(kept.language && { locale: kept.language }),
    ...(kept.density && { density: kept.density }),
    ...(kept.time_zone && { zone: kept.time_zone }),
    ...(kept.currency && { currency: kept.currency, rate: kept.currency_rate }),
    ...(kept.notify_desktop !== null && { desktop: kept.notify_desktop }),
    ...(kept.notify_sound !== null && { sound: kept.notify_sound }),
  };
}

/** What the server is to know of a change. */
export function changesFor(now: Preferences, before: Preferences): PreferencesUpdate {
  return {
    ...(now.theme !== before.theme && { theme: now.theme === 'auto' ? 'system' : now.theme }),
    ...(now.locale !== before.locale && { language: now.locale }),
    ...(now.density !== before.density && { density: now.density }),
    ...(now.zone !== before.zone && { time_zone: now.zone }),
    ...(now.currency !== before.currency && { currency: now.currency }),
    ...(now.rate !== before.rate && { currency_rate: now.rate }),
    ...(now.desktop !== before.desktop && { notify_desktop: now.desktop }),
    ...(now.sound !== before.sound && { notify_sound: now.sound }),
  };
}

let stop: (() => void) | undefined;

/**
 * Preferences follow whoever is signed in, from device to device. A token has no person at a screen: with one, as in
 * scripts and tests, they stay in the browser.
 */
export async function followPerson(isSignedIn = /(?:^|; )imageloom_csrf=/.test(document.cookie)): Promise<void> {
  if (!isSignedIn || stop) return;
  stop = () => undefined;
  const { data } = await readProfile();
  if (data) prefer(wishesOf(data.preferences));
  stop = usePreferences.subscribe((now, before) => {
    const preferences = changesFor(now, before);
    // Lost on the way, a wish still holds in this browser.
    if (Object.keys(preferences).length > 0) void changeProfile({ body: { preferences } });
  });
}
