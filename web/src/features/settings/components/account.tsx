import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { asProblem, readMeOptions, readProfileOptions } from '@/api';
import { formatDate } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { ErrorState, Loading } from '@/ui/state';

import { Devices } from './devices';
import { Email } from './email';
import { Part } from './part';
import { Password } from './password';
import { ProfileName } from './profile-name';

/** Who one is, how one signs in, and where one is signed in. */
export default function Account() {
  const { t } = useTranslation('settings');
  const profile = useQuery(readProfileOptions());
  const me = useQuery(readMeOptions());
  if (profile.error) return <ErrorState problem={asProblem(profile.error)} onRetry={() => void profile.refetch()} />;
  if (!profile.data) return <Loading />;
  const { name, email, created_at, user_id } = profile.data;
  return (
    <>
      <Part title={t('account.profile')}>
        <p className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-1 text-control text-ink2">
          <span className="min-w-0 break-words">{email ?? t('account.noEmail')}</span>
          {me.data?.is_admin && <Badge tone="info">{t('account.operator')}</Badge>}
          {me.data?.roles.map(({ team_id, role }) => (
            <Badge key={team_id}>{t(`account.roles.${role}`, { defaultValue: role })}</Badge>
          ))}
          <span className="text-ink3">{t('account.since', { day: formatDate(created_at, { dateStyle: 'medium' }) })}</span>
        </p>
        <ProfileName key={user_id} name={name} />
      </Part>
      {email && (
        <Part title={t('account.newEmail')}>
          <Email />
        </Part>
      )}
      <Part title={t('account.password')} text={t('account.passwordText')}>
        {email ? <Password name={name} email={email} /> : <p className="text-control text-ink2">{t('account.noPassword')}</p>}
      </Part>
      <Devices />
    </>
  );
}
