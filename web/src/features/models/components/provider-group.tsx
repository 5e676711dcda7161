import { CircleCheck, HardDrive, KeyRound, Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import type { PriceRead } from '@/api';
import { said } from '@/lib/said';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';

import type { Access, Group } from '../model';
import { ModelRow } from './model-row';

/** One provider: whether it can be used, and its models. */
export function ProviderGroup({ group, lines, onAdd }: { group: Group; lines: readonly PriceRead[]; onAdd: (() => void) | undefined }) {
  const { t } = useTranslation('models');
  const { provider, access, models } = group;
  const title = said(provider.title);
  const heading = `provider-${provider.id}`;
  return (
    <section aria-labelledby={heading}>
      <header className="mb-2 flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id={heading} className="text-lead font-semibold">
          {title}
        </h2>
        <AccessBadge access={access} />
        {access === 'missing' && onAdd && (
          <Button size="small" className="ml-auto max-tablet:h-11" icon={<KeyRound aria-hidden="true" className="size-3.5" />} onClick={onAdd}>
            {t('keys.addFor', { provider: title })}
          </Button>
        )}
      </header>
      {models.length > 0 && (
        <ul className="divide-y divide-line overflow-hidden rounded-control border border-line">
          {models.map((model) => (
            <ModelRow key={model.name} model={model} lines={lines} isShut={access === 'missing'} />
          ))}
        </ul>
      )}
      {provider.open_models && <p className="mt-2 text-small text-ink3">{t('openModels', { example: `${provider.id}/MODEL` })}</p>}
    </section>
  );
}

const ACCESS = {
  local: { tone: 'ok', icon: HardDrive },
  key: { tone: 'ok', icon: CircleCheck },
  environment: { tone: 'ok', icon: CircleCheck },
  missing: { tone: 'warn', icon: Lock },
} as const;

function AccessBadge({ access }: { access: Access }) {
  const { t } = useTranslation('models');
  if (access === 'unknown') return null;
  const { tone, icon: Icon } = ACCESS[access];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" className="size-3" />}>
      {t(`access.${access}`)}
    </Badge>
  );
}
