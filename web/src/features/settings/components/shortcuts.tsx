import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type Action, useAllActions } from '@/lib/actions';
import { caps } from '@/lib/keys';
import { prefer, usePreferences } from '@/lib/preferences';
import { Kbd } from '@/ui/badge';
import { Button } from '@/ui/button';

import { keysOf, pressOf, takenBy } from '../shortcuts';
import { Part } from './part';

/** Every key, and a way to give an action another. */
export default function Shortcuts() {
  const { t } = useTranslation(['settings', 'app']);
  const given = usePreferences((preferences) => preferences.keys);
  const actions = useAllActions().filter((action) => keysOf(action, given));
  const groups = [...new Set(actions.map((action) => action.group))];
  const [asks, setAsks] = useState<string | null>(null);
  const isChanged = Object.keys(given).length > 0;
  return (
    <>
      <p className="mb-6 max-w-prose text-control text-ink2">{t('shortcuts.text')}</p>
      {groups.map((group, place) => (
        <Part
          key={group}
          title={t(group)}
          action={
            place === 0 && isChanged ? (
              <Button size="small" onClick={() => prefer({ keys: {} })}>
                {t('shortcuts.resetAll')}
              </Button>
            ) : null
          }
        >
          <ul className="-mt-3">
            {actions
              .filter((action) => action.group === group)
              .map((action) => (
                <Line key={action.id} action={action} actions={actions} isAsked={asks === action.id} onAsk={(next) => setAsks(next ? action.id : null)} />
              ))}
          </ul>
        </Part>
      ))}
    </>
  );
}

interface LineProps {
  action: Action;
  actions: readonly Action[];
  isAsked: boolean;
  onAsk: (asked: boolean) => void;
}

function Line({ action, actions, isAsked, onAsk }: LineProps) {
  const { t } = useTranslation(['settings', 'app']);
  const given = usePreferences((preferences) => preferences.keys);
  const keys = keysOf(action, given) ?? '';
  const name = t(action.label);
  const button = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  // Whoever gave a key by keyboard goes on from where they were.
  useEffect(() => {
    if (wasAsked.current && !isAsked && document.activeElement === document.body) button.current?.focus();
    wasAsked.current = isAsked;
  }, [isAsked]);
  const reset = () => {
    const { [action.id]: _, ...others } = given;
    prefer({ keys: others });
  };
  return (
    <li className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1 text-control last:border-b-0">
      <span className="min-w-0 grow">{name}</span>
      {given[action.id] && (
        <Button size="small" tone="quiet" className="max-tablet:h-11" aria-label={t('shortcuts.resetNamed', { name })} onClick={reset}>
          {t('shortcuts.reset')}
        </Button>
      )}
      {isAsked ? (
        <Capture action={action} actions={actions} name={name} onDone={() => onAsk(false)} />
      ) : (
        <button
          ref={button}
          type="button"
          onClick={() => onAsk(true)}
          className="flex min-h-8 items-center gap-1.5 rounded-control px-2 hover:bg-hover max-tablet:min-h-11"
        >
          <span className="sr-only">{t('shortcuts.changeNamed', { name, keys: caps(keys).flat().join(' ') })}</span>
          {caps(keys).map((press) => (
            <span key={press.join()} aria-hidden="true" className="flex gap-0.5">
              {press.map((cap) => (
                <Kbd key={cap}>{cap}</Kbd>
              ))}
            </span>
          ))}
        </button>
      )}
    </li>
  );
}

/** Listens for one press or two; Enter keeps them, Escape leaves all as it was. */
function Capture({ action, actions, name, onDone }: { action: Action; actions: readonly Action[]; name: string; onDone: () => void }) {
  const { t } = useTranslation(['settings', 'app']);
  const given = usePreferences((preferences) => preferences.keys);
  const [presses, setPresses] = useState<string[]>([]);
  const keys = presses.join(' ');
  const taken = keys ? takenBy(keys, action.id, actions, given) : undefined;
  const listen = (event: KeyboardEvent) => {
    if (event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    if (event.key === 'Escape') return onDone();
    if (event.key === 'Enter' && keys) {
      if (taken) return;
      prefer({ keys: { ...given, [action.id]: keys } });
      return onDone();
    }
    const one = pressOf(event);
    if (one) setPresses((before) => (before.length >= 2 ? [one] : [...before, one]));
  };
  return (
    <span className="flex flex-wrap items-center gap-2">
      <input
        // Asked for by the person a moment ago.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        readOnly
        aria-label={t('shortcuts.pressFor', { name })}
        placeholder={t('shortcuts.press')}
        value={keys ? caps(keys).map((press) => press.join(' ')).join('  ') : ''}
        onKeyDown={listen}
        onBlur={onDone}
        className="h-8 w-44 rounded-control border border-edge bg-surface px-2 text-center font-mono text-small max-tablet:h-11"
      />
      <span role="status" className={taken ? 'text-small text-bad' : 'text-small text-ink3'}>
        {taken ? t('shortcuts.taken', { name: t(taken.label) }) : keys && t('shortcuts.keep')}
      </span>
    </span>
  );
}
