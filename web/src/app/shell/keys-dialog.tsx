import { useTranslation } from 'react-i18next';

import { useAllActions } from '@/lib/actions';
import { caps } from '@/lib/keys';
import { usePreferences } from '@/lib/preferences';
import { Kbd } from '@/ui/badge';
import { Dialog } from '@/ui/dialog';

import { keysOf } from '../hotkeys';

/** Every key that works here, grouped as in the palette. */
export default function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation('app');
  const given = usePreferences((preferences) => preferences.keys);
  const actions = useAllActions().filter((action) => keysOf(action, given));
  const groups = [...new Set(actions.map((action) => action.group))];
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t('actions.keys')}>
      <div className="scroll-slim grid gap-x-8 gap-y-5 overflow-y-auto px-5 pt-1 pb-5 tablet:grid-cols-2">
        {groups.map((group) => (
          <section key={group}>
            <h3 className="mb-1 text-meta font-medium text-ink3">{t(group)}</h3>
            <ul>
              {actions
                .filter((action) => action.group === group)
                .map((action) => (
                  <li key={action.id} className="flex min-h-8 items-center justify-between gap-3 text-control">
                    {t(action.label)}
                    <Presses keys={keysOf(action, given) ?? ''} />
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

export function Presses({ keys }: { keys: string }) {
  return (
    <span className="flex shrink-0 gap-1.5">
      {caps(keys).map((press, place) => (
        // Presses are few and never move: `g g` has two alike.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={place} className="flex gap-0.5">
          {press.map((cap) => (
            <Kbd key={cap}>{cap}</Kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
