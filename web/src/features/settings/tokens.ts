import type { TokenRead } from '@/api';

/** What a token may do, in the server's words, by what it is about. */
export const SCOPES = {
  batches: ['batches:read', 'batches:write'],
  assets: ['assets:read', 'assets:write', 'assets:delete'],
  projects: ['projects:read', 'projects:write'],
  keys: ['keys:read', 'keys:write'],
  lanes: ['lanes:read', 'lanes:write'],
  members: ['members:read', 'members:write'],
  tokens: ['tokens:read', 'tokens:write'],
  account: ['account:read', 'account:write'],
  server: ['server:read'],
} as const;
export type Scope = (typeof SCOPES)[keyof typeof SCOPES][number];

export type Standing = 'works' | 'revoked' | 'expired';

export function standingOf(token: Pick<TokenRead, 'revoked_at' | 'expires_at'>, now: string): Standing {
  if (token.revoked_at) return 'revoked';
  return token.expires_at && Date.parse(token.expires_at) <= Date.parse(now) ? 'expired' : 'works';
}

/** Writing is of little use without reading: whoever gets the one gets the other. */
export function toggled(scopes: readonly Scope[], scope: Scope, isOn: boolean): Scope[] {
  const [about, verb] = scope.split(':');
  const mates = isOn && verb !== 'read' ? [`${about}:read`] : !isOn && verb === 'read' ? [`${about}:write`, `${about}:delete`] : [];
  const all = Object.values(SCOPES).flat() as Scope[];
  return all.filter((one) => (one === scope || mates.includes(one) ? isOn : scopes.includes(one)));
}
