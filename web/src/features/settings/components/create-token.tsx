import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, createTokenMutation, listTokensQueryKey } from '@/api';
import { Button } from '@/ui/button';
import { Choice, Tick } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { Select } from '@/ui/select';

import { type Scope, SCOPES, toggled } from '../tokens';
import { ShownOnce } from './shown-once';

const DAYS = ['7', '30', '90', '365', 'never'] as const;

/** Makes a token, and shows it this once. */
export function CreateToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: app } = useTranslation('app');
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState('');
  const [days, setDays] = useState<(typeof DAYS)[number]>('90');
  const [isWhole, setIsWhole] = useState(false);
  const [scopes, setScopes] = useState<readonly Scope[]>(['batches:read', 'batches:write', 'assets:read']);
  const create = useMutation({
    ...createTokenMutation(),
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: listTokensQueryKey() }),
  });
  const isReady = name.trim() !== '' && (isWhole || scopes.length > 0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    const expires = days === 'never' ? {} : { expires_in_days: Number(days) };
    create.mutate({ body: { name: name.trim(), ...(isWhole ? {} : { scopes: [...scopes] }), ...expires } });
  };
  if (create.data) {
    return (
      <ShownOnce title={t('tokens.shownTitle')} text={t('tokens.shownText')} label={t('tokens.token')} secret={create.data.token} onClose={onClose}>
        <p className="text-small text-ink3">
          <code className="font-mono break-all">{`curl -H "Authorization: Bearer …" ${location.origin}/api/me`}</code>
        </p>
      </ShownOnce>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('tokens.create')}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button type="submit" form={form} tone="ink" busy={create.isPending} disabled={!isReady}>
            {t('tokens.createNow')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="scroll-slim flex flex-col gap-4 overflow-y-auto px-5 pt-1 pb-5">
        <Input label={t('tokens.name')} hint={t('tokens.nameHint')} maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
        <div className="max-w-52">
          <Select label={t('tokens.lasts')} value={days} options={DAYS.map((value) => ({ value, label: t(`tokens.days.${value}`) }))} onChange={setDays} />
        </div>
        <Choice
          label={t('tokens.may')}
          value={isWhole ? 'whole' : 'some'}
          options={[
            { value: 'some', label: t('tokens.some') },
            { value: 'whole', label: t('tokens.everything') },
          ]}
          onChange={(next) => setIsWhole(next === 'whole')}
        />
        {isWhole ? <Notice kind="warn">{t('tokens.everythingHint')}</Notice> : <Scopes scopes={scopes} onChange={setScopes} />}
        {create.error && (
          <Notice kind="bad">
            <Said text={asProblem(create.error).message} />
          </Notice>
        )}
      </form>
    </Dialog>
  );
}

function Scopes({ scopes, onChange }: { scopes: readonly Scope[]; onChange: (scopes: Scope[]) => void }) {
  const { t } = useTranslation('settings');
  return (
    <div className="grid gap-x-6 gap-y-3 tablet:grid-cols-2">
      {Object.entries(SCOPES).map(([about, all]) => (
        <fieldset key={about} className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <legend className="mb-1 text-small font-medium text-ink2">{t(`tokens.about.${about}`)}</legend>
          {all.map((scope) => (
            <Tick key={scope} label={t(`tokens.verbs.${scope.split(':')[1]}`)} checked={scopes.includes(scope)} onChange={(isOn) => onChange(toggled(scopes, scope, isOn))} />
          ))}
        </fieldset>
      ))}
    </div>
  );
}
