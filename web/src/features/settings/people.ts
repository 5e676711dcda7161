import type { MemberRead, MeRead, ProjectMemberRead, QuotaRead } from '@/api';

/** From most to least. */
export const ROLES = ['owner', 'editor', 'viewer', 'guest'] as const;
export const PROJECT_ROLES = ['owner', 'editor', 'viewer'] as const;
export type TeamRole = (typeof ROLES)[number];
export type ProjectRole = (typeof PROJECT_ROLES)[number];

/** So many rows are found at a glance. */
const GLANCE = 8;

type Asker = Pick<MeRead, 'roles' | 'permissions'>;

/** The teams whose people one may invite, move and show out. */
export function ownedTeams(me: Asker): string[] {
  return me.permissions.includes('members:write') ? me.roles.filter(({ role }) => role === 'owner').map(({ team_id }) => team_id) : [];
}

/** Operators see everybody, owners their teams. */
export function seesPeople(me: Asker): boolean {
  return ownedTeams(me).length > 0 || me.permissions.includes('users:read');
}

export function seesProjects(me: Asker): boolean {
  return me.permissions.includes('projects:read');
}

/** The teams in which one may make and rename projects. */
export function projectTeams(me: Asker): string[] {
  return me.permissions.includes('projects:write') ? me.roles.filter(({ role }) => role === 'owner').map(({ team_id }) => team_id) : [];
}

/** Somebody has to be left who may change the others. */
export function isOnlyOwner(userId: string, members: readonly Pick<MemberRead, 'user_id' | 'role'>[]): boolean {
  const owners = members.filter(({ role }) => role === 'owner');
  return owners.length === 1 && owners[0]?.user_id === userId;
}

/** Two letters where a name has two words, else one sign. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = (word = '') => [...word][0] ?? '';
  const isLatin = /^\p{Script=Latin}/u.test(words[0] ?? '');
  return (first(words[0]) + (isLatin && words.length > 1 ? first(words.at(-1)) : '')).toLocaleUpperCase();
}

interface Named {
  name: string;
  email: string | null;
}

/** By name or address, capital or small. */
export function found<Row extends Named>(rows: readonly Row[], wished: string): Row[] {
  const word = wished.trim().toLocaleLowerCase();
  return rows.filter(({ name, email }) => `${name}\n${email ?? ''}`.toLocaleLowerCase().includes(word));
}

export function isMany(rows: readonly unknown[]): boolean {
  return rows.length > GLANCE;
}

/** Those who may do most first, then by name; who is out comes last. */
export function inRank<Row extends { name: string; role: string; is_disabled: boolean }>(rows: readonly Row[]): Row[] {
  const rank = ({ role, is_disabled }: Row) => (is_disabled ? ROLES.length : 0) + ROLES.indexOf(role as TeamRole);
  return [...rows].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

/** What one member may have in one team. */
export function quotasOf(quotas: readonly QuotaRead[], teamId: string, userId: string): QuotaRead[] {
  return quotas.filter((quota) => quota.team_id === teamId && quota.user_id === userId);
}

/** The role that is said for a project alone; without one that of the team counts. */
export type Said = ProjectRole | 'team';

export function saidFor(member: Pick<ProjectMemberRead, 'project_role' | 'team_role'>): Said {
  return member.team_role === 'owner' || member.project_role === null ? 'team' : (member.project_role as ProjectRole);
}

/** Guests of the team do not see a project until they have a role in it; all the others do. */
export function candidates(members: readonly MemberRead[], inProject: readonly Pick<ProjectMemberRead, 'user_id'>[]): MemberRead[] {
  const there = new Set(inProject.map(({ user_id }) => user_id));
  return members.filter(({ user_id, role, is_disabled }) => role === 'guest' && !is_disabled && !there.has(user_id));
}

/** Whether somebody takes from themselves what they could not give back to themselves. */
export function lowersSelf(isSelf: boolean, before: string, after: string): boolean {
  return isSelf && before === 'owner' && after !== 'owner';
}
