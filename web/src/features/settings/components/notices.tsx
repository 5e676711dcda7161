import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { askDesktop, type Desktop, desktopNow, onDesktop, playTone } from '@/features/notices';
import { prefer, usePreferences } from '@/lib/preferences';
import { Button } from '@/ui/button';
import { Tick } from '@/ui/choice';
import { Notice } from '@/ui/notice';

import { Part } from './part';

/** How one hears of one's batches elsewhere than on their page. The browser is asked only when somebody switches it on. */
export function Notices() {
  const { t } = useTranslation('settings');
  const { desktop, sound } = usePreferences();
  const [here, setHere] = useState(desktopNow);
  const [wasRefused, setWasRefused] = useState<Desktop | null>(null);
  const [isMute, setMute] = useState(false);
  useEffect(() => onDesktop(() => setHere(desktopNow())), []);
  const ask = async () => {
    const answer = await askDesktop();
    setHere(answer);
    setWasRefused(answer === 'granted' ? null : answer);
    return answer === 'granted';
  };
  const turnDesktop = async (isOn: boolean) => {
    // What the browser does not show is not promised.
    if (!isOn || (await ask())) prefer({ desktop: isOn });
  };
  const turnSound = async (isOn: boolean) => {
    prefer({ sound: isOn });
    setMute(isOn && !(await playTone()));
  };
  return (
    <Part title={t('notices.title')} text={t('notices.text')}>
      <div className="flex flex-col gap-4">
        <Tick label={t('notices.desktop')} hint={t('notices.desktopHint')} checked={desktop} disabled={here === 'none'} onChange={(isOn) => void turnDesktop(isOn)} />
        <Standing here={here} isWished={desktop} wasRefused={wasRefused} onAsk={() => void ask()} />
        <Tick label={t('notices.sound')} hint={t('notices.soundHint')} checked={sound} onChange={(isOn) => void turnSound(isOn)} />
        {isMute && <Notice kind="warn">{t('notices.mute')}</Notice>}
      </div>
    </Part>
  );
}

/** Whether this browser does what the person wishes, where it does not simply do so. */
function Standing({ here, isWished, wasRefused, onAsk }: { here: Desktop; isWished: boolean; wasRefused: Desktop | null; onAsk: () => void }) {
  const { t } = useTranslation('settings');
  if (here === 'none') return <Notice kind="info">{t('notices.none')}</Notice>;
  if (here === 'denied' && (isWished || wasRefused)) return <Notice kind="warn">{t('notices.denied')}</Notice>;
  if (here !== 'default' || !(isWished || wasRefused)) return null;
  return (
    <Notice
      kind="info"
      action={
        isWished && (
          <Button size="small" className="max-tablet:h-11" onClick={onAsk}>
            {t('notices.ask')}
          </Button>
        )
      }
    >
      {t(wasRefused ? 'notices.unanswered' : 'notices.notAsked')}
    </Notice>
  );
}
