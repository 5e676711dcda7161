import type { MeRead, QuotaRead } from '@/api';

export const KINDS = ['images', 'calls', 'bytes'] as const;
export const PERIODS = ['day', 'week', 'month', 'total'] as const;
export type Kind = (typeof KINDS)[number];
export type Period = (typeof PERIODS)[number];

/** The largest whole number that is still exact, here and on the server. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const BYTES_A_GIGABYTE = 1_000_000_000n;
const DIGITS = 9;

/** Room is written in gigabytes, the rest in ones. `null` is no such number. */
export function readQuantity(kind: Kind, text: string): number | null {
  const plain = text.trim().replaceAll(/(?<=\d)[, ](?=\d{3}(?:\D|$))/g, '');
  const parts = /^(\d{1,16})(?:\.(\d{1,9}))?$/.exec(plain);
  if (!parts || (kind !== 'bytes' && parts[2] !== undefined)) return null;
  const [, whole = '', part = ''] = parts;
  const ones = kind === 'bytes' ? BigInt(whole) * BYTES_A_GIGABYTE + BigInt(part.padEnd(DIGITS, '0')) : BigInt(whole);
  return ones <= MOST ? Number(ones) : null;
}

/** The text that stands for a quantity in its field: exactly, whatever it is. */
export function writeQuantity(kind: Kind, amount: number): string {
  if (kind !== 'bytes') return String(amount);
  const [whole, part] = [BigInt(amount) / BYTES_A_GIGABYTE, BigInt(amount) % BYTES_A_GIGABYTE];
  const decimals = String(part).padStart(DIGITS, '0').replace(/0+$/, '');
  return decimals ? `${whole}.${decimals}` : String(whole);
}

/** How full the bar is, in hundredths. Of nothing, all is used. */
export function filled({ used, amount }: Pick<QuotaRead, 'used' | 'amount'>): number {
  return amount === 0 ? 100 : Math.min(100, (100 * used) / amount);
}

export type Whose = 'you' | 'team' | 'member';

export function whoseIs(quota: Pick<QuotaRead, 'user_id'>, me: Pick<MeRead, 'user_id'>): Whose {
  if (quota.user_id === null) return 'team';
  return quota.user_id === me.user_id ? 'you' : 'member';
}

const ORDER: readonly Whose[] = ['you', 'team', 'member'];

/** One's own first, then those of teams, then those of others, by name. */
export function inOrder(quotas: readonly QuotaRead[], me: Pick<MeRead, 'user_id'>): QuotaRead[] {
  const place = (quota: QuotaRead) => ORDER.indexOf(whoseIs(quota, me));
  return [...quotas].sort((one, other) => place(one) - place(other) || one.name.localeCompare(other.name));
}

type Asker = Pick<MeRead, 'roles' | 'permissions'>;

export function runsAll(me: Asker): boolean {
  return me.permissions.includes('users:write');
}

/** Whether one may say what the people of a team may have. */
export function maySetMembers(me: Asker, teamId: string): boolean {
  const owns = me.roles.some(({ team_id, role }) => team_id === teamId && role === 'owner');
  return runsAll(me) || (owns && me.permissions.includes('members:write'));
}

/** What a person may have is decided by owners of the team, what a team may by operators. */
export function mayChange(quota: Pick<QuotaRead, 'team_id' | 'user_id'>, me: Asker): boolean {
  return quota.user_id === null ? runsAll(me) : maySetMembers(me, quota.team_id);
}
