import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { prefer, usePreferences } from '@/lib/preferences';
import { Field, Input, inputLook } from '@/ui/field';

import { currencies, isRate } from '../currencies';
import { Part } from './part';

/** The books are in US dollars. Beside them, the page can say about what that is at home. */
export function Currency() {
  const { t, i18n } = useTranslation('settings');
  const { currency, rate } = usePreferences();
  const [typed, setTyped] = useState(rate ?? '');
  const isWrong = typed !== '' && !isRate(typed);
  const change = (text: string) => {
    setTyped(text);
    if (isRate(text)) prefer({ rate: text });
  };
  return (
    <Part title={t('general.currency')} text={t('general.currencyText')}>
      <div className="flex flex-wrap gap-x-4 gap-y-5">
        <Field label={t('general.currencyBeside')}>
          {(wiring) => (
            <select
              {...wiring}
              value={currency ?? ''}
              onChange={(event) => {
                setTyped('');
                prefer({ currency: event.target.value || null, rate: null });
              }}
              className={`${inputLook} h-control max-w-sm max-tablet:h-11`}
            >
              <option value="">{t('general.currencyNone')}</option>
              {currencies(i18n.language).map(({ code, name }) => (
                <option key={code} value={code}>
                  {`${code} · ${name}`}
                </option>
              ))}
            </select>
          )}
        </Field>
        {currency && (
          <Input
            label={t('general.rate', { currency })}
            hint={t('general.rateHint')}
            error={isWrong ? t('general.rateWrong') : undefined}
            inputMode="decimal"
            autoComplete="off"
            value={typed}
            onChange={(event) => change(event.target.value.trim().replace(',', '.'))}
          />
        )}
      </div>
    </Part>
  );
}
