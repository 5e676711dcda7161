import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, changeProfileMutation, readMeQueryKey, readProfileQueryKey } from '@/api';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { Said } from '@/ui/said';
import { say } from '@/ui/toast';

export function ProfileName({ name }: { name: string }) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const [text, setText] = useState(name);
  const change = useMutation({
    ...changeProfileMutation(),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: readProfileQueryKey() });
      void queries.invalidateQueries({ queryKey: readMeQueryKey() });
      say({ title: t('account.nameChanged'), kind: 'ok' });
    },
  });
  const wished = text.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wished && wished !== name) change.mutate({ body: { name: wished } });
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-wrap items-end gap-3">
      <div className="min-w-0 grow">
        <Input
          label={t('account.name')}
          hint={t('account.nameHint')}
          error={change.error ? <Said text={asProblem(change.error).message} /> : undefined}
          autoComplete="name"
          maxLength={200}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button type="submit" busy={change.isPending} disabled={!wished || wished === name} className="mb-[22px]">
        {t('save')}
      </Button>
    </form>
  );
}
