import { useTranslation } from 'react-i18next';

import { chosenLocale, type Density, type Locale, prefer, type Theme, usePreferences } from '@/lib/preferences';
import { Choice } from '@/ui/choice';
import { Field, inputLook } from '@/ui/field';

import { browserZone, zones } from '../zones';
import { Currency } from './currency';
import { Notices } from './notices';
import { Part } from './part';

const LANGUAGES: { value: Locale; label: string; lang: string }[] = [
  { value: 'zh-TW', label: '繁體中文', lang: 'zh-TW' },
  { value: 'en', label: 'English', lang: 'en' },
  { value: 'ja', label: '日本語', lang: 'ja' },
];

/** How the page speaks and looks. */
export function General() {
  const { t } = useTranslation('settings');
  const { theme, density, locale } = usePreferences();
  return (
    <>
      <Part title={t('general.language')} text={t('general.languageText')}>
        <div className="flex flex-col gap-5">
          <Choice label={t('general.language')} labelHidden value={chosenLocale(locale)} options={LANGUAGES} onChange={(next) => prefer({ locale: next })} />
          <Zone />
        </div>
      </Part>
      <Part title={t('general.looks')}>
        <div className="flex flex-col gap-5">
          <Choice<Theme>
            label={t('general.theme')}
            value={theme}
            options={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(`general.themes.${value}`) }))}
            onChange={(next) => prefer({ theme: next })}
          />
          <Choice<Density>
            label={t('general.density')}
            hint={t('general.densityHint')}
            value={density}
            options={(['comfortable', 'compact'] as const).map((value) => ({ value, label: t(`general.densities.${value}`) }))}
            onChange={(next) => prefer({ density: next })}
          />
        </div>
      </Part>
      <Currency />
      <Notices />
    </>
  );
}

function Zone() {
  const { t } = useTranslation('settings');
  const zone = usePreferences((preferences) => preferences.zone);
  return (
    <Field label={t('general.zone')} hint={t('general.zoneHint')}>
      {(wiring) => (
        <select {...wiring} value={zone ?? ''} onChange={(event) => prefer({ zone: event.target.value || null })} className={`${inputLook} h-control max-w-sm max-tablet:h-11`}>
          <option value="">{t('general.zoneOfBrowser', { zone: browserZone() })}</option>
          {zones().map((name) => (
            <option key={name} value={name}>
              {name.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
