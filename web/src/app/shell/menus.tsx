import { useNavigate } from '@tanstack/react-router';
import { Languages, LogOut, Settings, SunMoon, UserRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { useMe, useSignOut } from '@/features/auth';
import { chosenLocale, type Locale, prefer, type Theme, usePreferences } from '@/lib/preferences';
import { IconButton } from '@/ui/button';
import { Menu, MenuChoice, MenuItem, MenuLine, MenuWords } from '@/ui/menu';

const LANGUAGES: { value: Locale; label: string; lang: string }[] = [
  { value: 'zh-TW', label: '繁體中文', lang: 'zh-TW' },
  { value: 'en', label: 'English', lang: 'en' },
  { value: 'ja', label: '日本語', lang: 'ja' },
];

/** Language, theme and who one is. */
export default function Menus() {
  const { t } = useTranslation('app');
  const { theme, density, locale } = usePreferences();
  const themes: { value: Theme; label: string }[] = [
    { value: 'auto', label: t('theme.auto') },
    { value: 'light', label: t('theme.light') },
    { value: 'dark', label: t('theme.dark') },
  ];
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('language')}>
            <Languages aria-hidden="true" className="size-[18px]" strokeWidth={1.75} />
          </IconButton>
        }
      >
        <MenuChoice label={t('language')} value={chosenLocale(locale)} options={LANGUAGES} onChange={(next) => prefer({ locale: next })} />
      </Menu>
      <Menu
        trigger={
          <IconButton label={t('theme.label')}>
            <SunMoon aria-hidden="true" className="size-[18px]" strokeWidth={1.75} />
          </IconButton>
        }
      >
        <MenuChoice label={t('theme.label')} value={theme} options={themes} onChange={(next) => prefer({ theme: next })} />
        <MenuLine />
        <MenuChoice
          label={t('density.label')}
          value={density}
          options={[
            { value: 'comfortable', label: t('density.comfortable') },
            { value: 'compact', label: t('density.compact') },
          ]}
          onChange={(next) => prefer({ density: next })}
        />
      </Menu>
      <Account />
    </>
  );
}

function Account() {
  const { t } = useTranslation('app');
  const navigate = useNavigate();
  const { data: me } = useMe();
  const { mutate: signOut } = useSignOut();
  return (
    <Menu
      trigger={
        <IconButton label={t('account.label')}>
          <UserRound aria-hidden="true" className="size-[18px]" strokeWidth={1.75} />
        </IconButton>
      }
    >
      {me && <MenuWords>{me.name}</MenuWords>}
      <MenuItem icon={<Settings aria-hidden="true" className="size-4" />} onSelect={() => void navigate({ to: '/settings' })}>
        {t('places.settings')}
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden="true" className="size-4" />} onSelect={signOut}>
        {t('account.signOut')}
      </MenuItem>
    </Menu>
  );
}
