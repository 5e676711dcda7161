import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, listTokensOptions, listTokensQueryKey, revokeTokenMutation, type TokenRead, useMay } from '@/api';
import { formatAgo, formatDate } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';
import { Empty, ErrorState, Loading } from '@/ui/state';
import { say } from '@/ui/toast';

import { standingOf } from '../tokens';
import { CreateToken } from './create-token';
import { Part } from './part';

/** Tokens for scripts: what each may do, until when. */
export default function Tokens() {
  const { t } = useTranslation('settings');
  const may = useMay('tokens:read');
  const mayWrite = useMay('tokens:write') === true;
  const tokens = useQuery({ ...listTokensOptions(), enabled: may === true });
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<TokenRead | null>(null);
  const [now] = useState(() => new Date().toISOString());
  if (may === false) return <Empty title={t('tokens.notYours.title')}>{t('tokens.notYours.text')}</Empty>;
  if (tokens.error) return <ErrorState problem={asProblem(tokens.error)} onRetry={() => void tokens.refetch()} />;
  if (!tokens.data) return <Loading />;
  const live = tokens.data.filter((token) => standingOf(token, now) === 'works');
  const over = tokens.data.filter((token) => standingOf(token, now) !== 'works');
  const make = mayWrite && (
    <Button tone="ink" icon={<Plus aria-hidden="true" className="size-4" />} onClick={() => setMaking(true)}>
      {t('tokens.create')}
    </Button>
  );
  return (
    <>
      <Part title={t('tokens.title')} text={t('tokens.text')} action={live.length > 0 ? make : null}>
        {live.length === 0 && (
          <Empty title={t('tokens.none.title')} action={make}>
            {t('tokens.none.text')}
          </Empty>
        )}
        <ul>
          {live.map((token) => (
            <TokenLine key={token.id} token={token} onRevoke={mayWrite ? () => setRevoking(token) : undefined} />
          ))}
        </ul>
      </Part>
      {over.length > 0 && (
        <Part title={t('tokens.over')}>
          <ul>
            {over.map((token) => (
              <TokenLine key={token.id} token={token} />
            ))}
          </ul>
        </Part>
      )}
      {revoking && <RevokeToken token={revoking} onClose={() => setRevoking(null)} />}
      {making && <CreateToken onClose={() => setMaking(false)} />}
    </>
  );
}

function TokenLine({ token, onRevoke }: { token: TokenRead; onRevoke?: (() => void) | undefined }) {
  const { t } = useTranslation('settings');
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-3 first:pt-0 last:border-b-0">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2 text-control font-medium">
          <span className="min-w-0 break-words">{token.name}</span>
          <span className="font-mono text-small font-normal text-ink3">{token.prefix}…</span>
          {token.revoked_at && <Badge tone="bad">{t('tokens.revokedAgo', { ago: formatAgo(token.revoked_at) })}</Badge>}
        </p>
        <p className="text-small text-ink3">
          {token.expires_at ? t('tokens.until', { day: formatDate(token.expires_at, { dateStyle: 'medium' }) }) : t('tokens.forever')} ·{' '}
          {t('tokens.made', { day: formatDate(token.created_at, { dateStyle: 'medium' }) })}
        </p>
        <p className="mt-1.5 flex flex-wrap gap-1">
          {token.scopes === null ? <Badge>{t('tokens.everything')}</Badge> : token.scopes.map((scope) => <Badge key={scope}>{scope}</Badge>)}
        </p>
      </div>
      {onRevoke && (
        <Button size="small" className="max-tablet:h-11" aria-label={t('tokens.revokeNamed', { name: token.name })} onClick={onRevoke}>
          {t('tokens.revoke')}
        </Button>
      )}
    </li>
  );
}

/** A token that is revoked stops at once and never works again: asked first. */
function RevokeToken({ token, onClose }: { token: TokenRead; onClose: () => void }) {
  const { t } = useTranslation('settings');
  const { t: app } = useTranslation('app');
  const queries = useQueryClient();
  const revoke = useMutation({
    ...revokeTokenMutation(),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: listTokensQueryKey() });
      say({ title: t('tokens.revoked', { name: token.name }) });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={t('tokens.revokeTitle', { name: token.name })}
      foot={
        <>
          <Button onClick={onClose}>{app('cancel')}</Button>
          <Button tone="bad" busy={revoke.isPending} onClick={() => revoke.mutate({ path: { token_id: token.id } })}>
            {t('tokens.revokeNow')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 px-5 pb-5 text-body text-ink2">
        <p>{t('tokens.revokeText')}</p>
        {revoke.error && (
          <Notice kind="bad">
            <Said text={asProblem(revoke.error).message} />
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
