import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { type Action, useAllActions } from '@/lib/actions';
import { usePreferences } from '@/lib/preferences';
import { Dialog } from '@/ui/dialog';
import { rowLook } from '@/ui/look';

import { keysOf } from '../hotkeys';
import { Presses } from '../shell/keys-dialog';

/** Everything that can be done, by its name. */
export default function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation('app');
  const actions = useAllActions().filter((action) => !action.hidden);
  const groups = [...new Set(actions.map((action) => action.group))];
  const run = (action: Action) => {
    onClose();
    action.run();
  };
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t('actions.palette')} titleHidden>
      <Command label={t('actions.palette')} loop className="flex min-h-0 flex-col">
        <div className="flex items-center gap-2 border-b border-line px-4">
          <Search aria-hidden="true" className="size-4 text-ink3" />
          <Command.Input placeholder={t('search')} className="h-12 grow bg-transparent text-lead outline-none" />
        </div>
        <Command.List label={t('actions.list')} className="scroll-slim h-[min(360px,50dvh)] overflow-y-auto p-1.5">
          <Command.Empty className="px-3 py-8 text-center text-control text-ink3">{t('nothingFound')}</Command.Empty>
          {groups.map((group) => (
            <Command.Group key={group} heading={t(group)} className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-meta [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink3">
              {actions
                .filter((action) => action.group === group)
                .map((action) => (
                  <Entry key={action.id} action={action} onRun={run} />
                ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

function Entry({ action, onRun }: { action: Action; onRun: (action: Action) => void }) {
  const { t } = useTranslation('app');
  const given = usePreferences((preferences) => preferences.keys);
  const keys = keysOf(action, given);
  return (
    <Command.Item value={action.id} keywords={[t(action.label)]} onSelect={() => onRun(action)} className={`${rowLook} data-[selected=true]:bg-hover`}>
      <span className="grow">{t(action.label)}</span>
      {keys && <Presses keys={keys} />}
    </Command.Item>
  );
}
