import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Gauge, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type MemberRead, type MeRead, type QuotaRead, removeMemberMutation } from '@/api';
import { IconButton } from '@/ui/button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { say } from '@/ui/toast';

import { MEMBERS } from '../cached';
import { runsAll } from '../quotas';
import { AccountItems, useAccount } from './account-items';
import { Confirm } from './confirm';
import { QuotaDialog } from './quota-dialog';
import { quantity } from './quotas';

export interface MemberMenuProps {
  me: MeRead;
  teamId: string;
  member: MemberRead;
  isSelf: boolean;
  isOnlyOwner: boolean;
  quotas: QuotaRead[];
}

/** What they may have, the way out of the team, and for operators their account. */
export function MemberMenu({ me, teamId, member, isSelf, isOnlyOwner, quotas }: MemberMenuProps) {
  const { t } = useTranslation('settings');
  const [quota, setQuota] = useState<QuotaRead | 'new' | null>(null);
  const [isRemoving, setIsRemoving] = useState(false);
  const { name, user_id: userId } = member;
  const account = useAccount({ id: userId, name, isDisabled: member.is_disabled, hasAddress: member.email !== null });
  const seesAccount = runsAll(me) && !isSelf;
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('people.more', { name })}>
            <Ellipsis aria-hidden="true" className="size-4" />
          </IconButton>
        }
      >
        {quotas.map((one) => (
          <MenuItem key={one.id} icon={<Gauge aria-hidden="true" className="size-4" />} onSelect={() => setQuota(one)}>
            {t('people.changeQuota', {
              amount: t(`quotas.amounts.${one.kind}`, { count: one.amount, number: quantity(one.kind, one.amount) }),
              period: t(`quotas.periods.${one.period}`),
            })}
          </MenuItem>
        ))}
        <MenuItem icon={<Gauge aria-hidden="true" className="size-4" />} onSelect={() => setQuota('new')}>
          {t('quotas.add')}
        </MenuItem>
        {seesAccount && <AccountItems account={account} />}
        {!isOnlyOwner && (
          <>
            <MenuLine />
            <MenuItem tone="bad" icon={<UserMinus aria-hidden="true" className="size-4" />} onSelect={() => setIsRemoving(true)}>
              {t(isSelf ? 'people.leave' : 'people.remove')}
            </MenuItem>
          </>
        )}
      </Menu>
      {quota === 'new' && <QuotaDialog me={me} of={{ team_id: teamId, user_id: userId, name }} onClose={() => setQuota(null)} />}
      {quota && quota !== 'new' && <QuotaDialog me={me} quota={quota} onClose={() => setQuota(null)} />}
      {account.dialog}
      {isRemoving && <Removing teamId={teamId} member={member} isSelf={isSelf} onClose={() => setIsRemoving(false)} />}
    </>
  );
}

/** Their roles in projects go with the place in the team, and nothing brings those back: asked first. */
function Removing({ teamId, member: { name, user_id: userId }, isSelf, onClose }: { teamId: string; member: MemberRead; isSelf: boolean; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const remove = useMutation({
    ...removeMemberMutation(),
    onSuccess: () => {
      if (isSelf) return location.assign('/');
      say({ title: t('people.removed', { name }) });
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: MEMBERS }),
  });
  return (
    <Confirm
      title={t(isSelf ? 'people.leaveTitle' : 'people.removeTitle', { name })}
      action={t(isSelf ? 'people.leaveNow' : 'people.removeNow')}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ path: { team_id: teamId, user_id: userId } })}
      onClose={onClose}
    >
      {t(isSelf ? 'people.leaveText' : 'people.removeText')}
    </Confirm>
  );
}
