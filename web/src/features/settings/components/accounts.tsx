import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Shield, ShieldOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, changeUserMutation, listUsersInfiniteOptions, type MeRead, readMeQueryKey, type UserRead } from '@/api';
import { formatAgo, formatDate } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { Input } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';
import { ErrorState, Loading } from '@/ui/state';
import { say } from '@/ui/toast';

import { USERS } from '../cached';
import { found, isMany } from '../people';
import { runsAll } from '../quotas';
import { sayProblem } from '../saying';
import { AccountItems, useAccount } from './account-items';
import { Part } from './part';
import { Dotted, PersonLine } from './person-line';

const PAGE = 100;

/** Everybody who has an account here, for operators. */
export function Accounts({ me }: { me: MeRead }) {
  const { t } = useTranslation('settings');
  const users = useInfiniteQuery({
    ...listUsersInfiniteOptions({ query: { limit: PAGE } }),
    initialPageParam: {},
    getNextPageParam: (last) => (last.next === null ? undefined : { query: { cursor: last.next } }),
  });
  const [wished, setWished] = useState('');
  const rows = users.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = found(rows, wished);
  const { hasNextPage, isFetching, fetchNextPage } = users;
  // Whoever looks for somebody looks among all of them.
  useEffect(() => {
    if (wished && hasNextPage && !isFetching) void fetchNextPage();
  }, [wished, hasNextPage, isFetching, fetchNextPage]);
  return (
    <Part title={t('people.accounts')} text={t('people.accountsText')}>
      {users.error && <ErrorState problem={asProblem(users.error)} onRetry={() => void users.refetch()} />}
      {users.isPending && <Loading />}
      {isMany(rows) && (
        <div className="mb-4">
          <Input type="search" label={t('people.find')} value={wished} onChange={(event) => setWished(event.target.value)} />
        </div>
      )}
      <ul>
        {shown.map((user) => (
          <AccountLine key={user.id} me={me} user={user} />
        ))}
      </ul>
      {rows.length > 0 && shown.length === 0 && !isFetching && <p className="text-control text-ink2">{t('people.nobodyFound')}</p>}
      {hasNextPage && !wished && (
        <Button className="mt-4" busy={users.isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('people.moreOfThem')}
        </Button>
      )}
    </Part>
  );
}

function AccountLine({ me, user }: { me: MeRead; user: UserRead }) {
  const { t } = useTranslation('settings');
  const { id, name, email, is_admin: isOperator, disabled_at: disabledAt, seen_at: seen } = user;
  const account = useAccount({ id, name, isDisabled: disabledAt !== null, hasAddress: email !== null });
  const change = useOperator(user);
  const isSelf = id === me.user_id;
  const Icon = isOperator ? ShieldOff : Shield;
  return (
    <PersonLine
      isSlim
      name={name}
      isOut={disabledAt !== null}
      badges={
        <>
          {isSelf && <Badge>{t('quotas.whose.you')}</Badge>}
          {isOperator && <Badge tone="info">{t('account.operator')}</Badge>}
          {disabledAt && <Badge tone="warn">{t('people.disabled')}</Badge>}
          {!disabledAt && !user.can_sign_in && <Badge>{t('people.noPassword')}</Badge>}
        </>
      }
      text={
        <Dotted
          parts={[
            email ?? t('account.noEmail'),
            disabledAt
              ? t('people.disabledSince', { day: formatDate(disabledAt, { dateStyle: 'medium' }) })
              : seen
                ? t('devices.seen', { ago: formatAgo(seen) })
                : t('people.neverSeen'),
          ]}
        />
      }
    >
      {runsAll(me) && !isSelf && (
        <Menu
          trigger={
            <IconButton label={t('people.more', { name })}>
              <Ellipsis aria-hidden="true" className="size-4" />
            </IconButton>
          }
        >
          {!disabledAt && (
            <MenuItem icon={<Icon aria-hidden="true" className="size-4" />} onSelect={() => change(!isOperator)}>
              {t(isOperator ? 'people.unmakeOperator' : 'people.makeOperator')}
            </MenuItem>
          )}
          <AccountItems account={account} />
        </Menu>
      )}
      {account.dialog}
    </PersonLine>
  );
}

function useOperator({ id, name }: UserRead): (isOperator: boolean) => void {
  const { t } = useTranslation('settings');
  const queries = useQueryClient();
  const again = async () => {
    void queries.invalidateQueries({ queryKey: readMeQueryKey() });
    await queries.invalidateQueries({ queryKey: USERS });
  };
  const change = (is_admin: boolean) => ({ path: { user_id: id }, body: { is_admin } });
  const back = useMutation({ ...changeUserMutation(), onError: sayProblem, onSettled: again });
  const set = useMutation({
    ...changeUserMutation(),
    onError: sayProblem,
    onSuccess: (_answer, { body }) =>
      say({
        title: t(body.is_admin ? 'people.operatorMade' : 'people.operatorUnmade', { name }),
        action: { label: t('undo'), run: () => back.mutate(change(!body.is_admin)) },
      }),
    onSettled: again,
  });
  return (isOperator) => set.mutate(change(isOperator));
}
