import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, changeKeyMutation, createKeyMutation, listKeysQueryKey, listLanesQueryKey, type KeyRead, type LimitsInput, type ProviderRead } from '@/api';
import { said } from '@/lib/said';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { Select } from '@/ui/select';
import { say } from '@/ui/toast';

import { readLimit } from '../model';

const LIMITS = ['concurrency', 'requests_per_minute', 'images_per_minute', 'requests_per_day'] as const;
type LimitName = (typeof LIMITS)[number];

export interface KeyDialogProps {
  providers: readonly ProviderRead[];
  /** Which is chosen at first; '' for the first that takes a key. */
  provider: string;
  /** The key that is changed; without one a key is added. */
  apiKey?: KeyRead;
  onClose: () => void;
}

/** A key goes in, and never comes out again. */
export function KeyDialog({ providers, provider: first, apiKey, onClose }: KeyDialogProps) {
  const { t } = useTranslation('models');
  const { t: app } = useTranslation('app');
  const form = useId();
  const remote = providers.filter((provider) => provider.kind === 'remote');
  const [chosen, setChosen] = useState(first || remote[0]?.id || '');
  const [secret, setSecret] = useState('');
  const [label, setLabel] = useState(apiKey?.label ?? '');
  const [address, setAddress] = useState(apiKey?.base_url ?? '');
  const [limits, setLimits] = useState<Record<LimitName, string>>(() => limitsOf(apiKey));
  const { save, problem, isPending } = useSaving(apiKey, onClose);
  const provider = remote.find(({ id }) => id === chosen);
  const read = Object.fromEntries(LIMITS.map((name) => [name, readLimit(limits[name])])) as Record<LimitName, number | undefined | null>;
  const isWrong = Object.values(read).includes(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWrong) return;
    save({ provider: chosen, label: label.trim(), key: secret.trim() || null, base_url: address.trim() || null, limits: read as LimitsInput });
  };
  const told = (field: string) => (problem?.field === field ? <Told text={problem.message} hint={problem.hint} /> : undefined);
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={apiKey ? t('keys.changeTitle', { name: apiKey.label || said(provider?.title ?? '') }) : t('keys.addTitle')}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={isPending} disabled={isWrong}>
            {t(apiKey ? 'keys.save' : 'keys.addNow')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        {!apiKey && (
          <Select label={t('keys.provider')} value={chosen} options={remote.map(({ id, title }) => ({ value: id, label: said(title) }))} onChange={setChosen} />
        )}
        <Input
          label={apiKey ? t('keys.another') : t('keys.secret')}
          hint={t(apiKey ? 'keys.anotherHint' : 'keys.secretHint')}
          error={told('key')}
          type="password"
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
        <Input label={t('keys.label')} hint={t('keys.labelHint')} error={told('label')} maxLength={200} value={label} onChange={(event) => setLabel(event.target.value)} />
        {provider?.any_base_url && (
          <Input
            label={t('keys.address')}
            hint={t(apiKey ? 'keys.addressChangeHint' : 'keys.addressHint', { address: provider.base_url ?? '' })}
            error={told('base_url')}
            type="url"
            inputMode="url"
            spellCheck={false}
            placeholder={provider.base_url ?? ''}
            className="font-mono"
            value={address}
            onChange={(event) => setAddress(event.target.value)}
          />
        )}
        <fieldset>
          <legend className="text-small font-medium text-ink2">{t('limits.title')}</legend>
          <p className="mb-3 text-small text-ink3">{t('limits.hint')}</p>
          <div className="grid grid-cols-2 gap-3">
            {LIMITS.map((name) => (
              <Input
                key={name}
                label={t(`limits.${name}`)}
                inputMode="numeric"
                placeholder={name === 'concurrency' ? String(provider?.concurrency ?? '') : t('limits.none')}
                error={read[name] === null ? t('limits.wrong') : told(`limits.${name}`)}
                value={limits[name]}
                onChange={(event) => setLimits({ ...limits, [name]: event.target.value })}
              />
            ))}
          </div>
        </fieldset>
        {problem && !['key', 'label', 'base_url'].includes(problem.field ?? '') && (
          <Notice kind="bad">
            <Told text={problem.message} hint={problem.hint} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}

function Told({ text, hint }: { text: string; hint?: string | undefined }) {
  return (
    <>
      <Said text={text} /> <Said text={hint} />
    </>
  );
}

function limitsOf(apiKey: KeyRead | undefined): Record<LimitName, string> {
  const kept = apiKey?.limits ?? {};
  return Object.fromEntries(LIMITS.map((name) => [name, String(kept[name] ?? '')])) as Record<LimitName, string>;
}

interface Wished {
  provider: string;
  label: string;
  key: string | null;
  base_url: string | null;
  limits: LimitsInput;
}

/** Adds or changes; only what is another goes to the server. */
function useSaving(apiKey: KeyRead | undefined, onClose: () => void) {
  const { t } = useTranslation('models');
  const queries = useQueryClient();
  const onSuccess = () => {
    void queries.invalidateQueries({ queryKey: listKeysQueryKey() });
    void queries.invalidateQueries({ queryKey: listLanesQueryKey() });
    say({ title: t(apiKey ? 'keys.changed' : 'keys.added'), kind: 'ok' });
    onClose();
  };
  // What was sent holds a secret: it is not kept.
  const add = useMutation({ ...createKeyMutation(), onSuccess, gcTime: 0 });
  const change = useMutation({ ...changeKeyMutation(), onSuccess, gcTime: 0 });
  const used = apiKey ? change : add;
  const save = ({ provider, label, key, base_url, limits }: Wished) => {
    if (!apiKey) return add.mutate({ body: { provider, label, key, base_url, limits } });
    const address = base_url === apiKey.base_url ? {} : { base_url };
    change.mutate({ path: { key_id: apiKey.id }, body: { label, limits, ...(key ? { key } : {}), ...address } });
  };
  return { save, problem: used.error ? asProblem(used.error) : null, isPending: used.isPending };
}
