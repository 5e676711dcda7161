import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound, UserCheck, UserX } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { disableUserMutation, enableUserMutation, makeResetLinkMutation } from '@/api';
import { formatDate } from '@/lib/format';
import { MenuItem } from '@/ui/menu';
import { say } from '@/ui/toast';

import { MEMBERS, USERS } from '../cached';
import { sayProblem } from '../saying';
import { ShownOnce } from './shown-once';

export interface Known {
  id: string;
  name: string;
  isDisabled: boolean;
  hasAddress: boolean;
}

export interface Account {
  known: Known;
  toggle: () => void;
  reset: () => void;
  /** What stands over the page: a link that is shown once. */
  dialog: ReactNode;
}

/** What operators do with an account: nothing of it is gone when it is disabled, so that can be taken back. */
export function useAccount(known: Known): Account {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const [link, setLink] = useState<{ link: string; expires_at: string } | null>(null);
  const { id, name, isDisabled } = known;
  const path = { user_id: id };
  const again = async () => {
    void queries.invalidateQueries({ queryKey: MEMBERS });
    await queries.invalidateQueries({ queryKey: USERS });
  };
  const enable = useMutation({
    ...enableUserMutation(),
    onSuccess: () => say({ title: t('people.enabled', { name }), kind: 'ok' }),
    onError: sayProblem,
    onSettled: again,
  });
  const disable = useMutation({
    ...disableUserMutation(),
    onSuccess: () => say({ title: t('people.disabledNow', { name }), text: t('people.disabledText'), action: { label: t('undo'), run: () => enable.mutate({ path }) } }),
    onError: sayProblem,
    onSettled: again,
  });
  const reset = useMutation({ ...makeResetLinkMutation(), gcTime: 0, onSuccess: setLink, onError: sayProblem });
  return {
    known,
    toggle: () => (isDisabled ? enable : disable).mutate({ path }),
    reset: () => reset.mutate({ path }),
    dialog: link && (
      <ShownOnce
        title={t('people.resetTitle', { name })}
        text={t('people.resetText', { when: formatDate(link.expires_at) })}
        label={t('people.link')}
        secret={link.link}
        onClose={() => {
          setLink(null);
          reset.reset();
        }}
      />
    ),
  };
}

export function AccountItems({ account: { known, toggle, reset } }: { account: Account }) {
  const { t } = useTranslation('settings');
  return (
    <>
      {known.hasAddress && !known.isDisabled && (
        <MenuItem icon={<KeyRound aria-hidden="true" className="size-4" />} onSelect={reset}>
          {t('people.reset')}
        </MenuItem>
      )}
      <MenuItem icon={known.isDisabled ? <UserCheck aria-hidden="true" className="size-4" /> : <UserX aria-hidden="true" className="size-4" />} onSelect={toggle}>
        {t(known.isDisabled ? 'people.enable' : 'people.disable')}
      </MenuItem>
    </>
  );
}
