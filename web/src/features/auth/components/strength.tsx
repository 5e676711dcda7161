import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { judgePassword, type StrengthRead } from '@/api';
import { cx } from '@/lib/cx';
import { Said } from '@/ui/said';

import { stepOf } from '../strength';

const REST_MILLISECONDS = 300;
const LONGEST = { password: 256, name: 200, email: 254 };
const STEPS = [1, 2, 3, 4] as const;
const LOOKS = { 1: 'bg-bad', 2: 'bg-warn', 3: 'bg-ok', 4: 'bg-ok' };

export interface StrengthProps {
  /** A new password, while it is typed. */
  password: string;
  /** What others know of whoever types it. */
  name?: string;
  email?: string;
}

/** How a new password would be judged, by whom it will be judged. Where that cannot be learned, nothing is shown. */
export function Strength({ password, name = '', email = '' }: StrengthProps) {
  const { t } = useTranslation('auth');
  const found = useStrength(password, name.slice(0, LONGEST.name), email.slice(0, LONGEST.email));
  const step = found && stepOf(found);
  return (
    <div aria-live="polite" className={cx('flex flex-col gap-1.5', step ? '-mt-2' : '-mt-4')}>
      {step && (
        <>
          <div aria-hidden className="flex gap-1">
            {STEPS.map((one) => (
              <span key={one} className={cx('h-1.5 grow rounded-full', one <= step ? LOOKS[step] : 'bg-mat')} />
            ))}
          </div>
          <p className="text-small text-ink2">
            <strong className="font-medium text-ink">{t(`strength.${step}`)}</strong>
            {found.weakness && (
              <>
                {t('strength.because')}
                <Said text={found.weakness} />
              </>
            )}
          </p>
        </>
      )}
    </div>
  );
}

/** The judgement of what was typed last; one is asked for at a time, and of what was typed meanwhile the newest after it. */
function useStrength(password: string, name: string, email: string): StrengthRead | null {
  const [found, setFound] = useState<StrengthRead | null>(null);
  const newest = useRef({ password, name, email });
  const isAsking = useRef(false);
  useEffect(() => {
    const asked = { password, name, email };
    newest.current = asked;
    const ask = async (body: typeof asked): Promise<void> => {
      if (isAsking.current || !isJudged(body.password)) return;
      isAsking.current = true;
      const { data } = await judgePassword({ body }).catch(() => ({ data: undefined }));
      isAsking.current = false;
      if (newest.current === body) setFound(data ?? null);
      else await ask(newest.current);
    };
    const timer = setTimeout(() => void ask(asked), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [password, name, email]);
  return isJudged(password) ? found : null;
}

function isJudged(password: string): boolean {
  return password.length > 0 && password.length <= LONGEST.password;
}
