import { describe, expect, it } from 'vitest';

import type { MemberRead, ProjectMemberRead, QuotaRead } from '@/api';

import { candidates, found, initialsOf, inRank, isMany, isOnlyOwner, lowersSelf, ownedTeams, projectTeams, quotasOf, saidFor, seesPeople, seesProjects } from './people';

const member = (name: string, role: string, more: Partial<MemberRead> = {}): MemberRead => ({
  user_id: name.toLowerCase(),
  name,
  email: `${name.toLowerCase()}@example.com`,
  role,
  is_disabled: false,
  seen_at: null,
  created_at: '2026-11-28T00:00:00Z',
  ...more,
});
const inProject = (more: Partial<ProjectMemberRead>): ProjectMemberRead => ({
  project_id: 'p',
  user_id: 'u',
  name: 'U',
  email: null,
  role: 'viewer',
  team_role: 'viewer',
  project_role: null,
  is_disabled: false,
  ...more,
});
const asker = (role: string, permissions: string[]) => ({ roles: [{ team_id: 't', role }], permissions });

describe('who sees the sections', () => {
  it('of people: owners of a team, and operators', () => {
    expect(seesPeople(asker('owner', ['members:read', 'members:write']))).toBe(true);
    expect(seesPeople(asker('viewer', ['users:read']))).toBe(true);
    // An owner of a project alone has the permission, and invites nobody into the team.
    expect(seesPeople(asker('guest', ['members:read', 'members:write']))).toBe(false);
    // A token that is narrowed does less than its maker.
    expect(seesPeople(asker('owner', ['members:read']))).toBe(false);
    expect(ownedTeams({ roles: [{ team_id: 'a', role: 'owner' }, { team_id: 'b', role: 'editor' }], permissions: ['members:write'] })).toEqual(['a']);
  });

  it('of projects: whoever sees one; makers of new ones own a team', () => {
    expect(seesProjects(asker('guest', ['projects:read']))).toBe(true);
    expect(seesProjects(asker('guest', ['account:read']))).toBe(false);
    expect(projectTeams(asker('owner', ['projects:write']))).toEqual(['t']);
    expect(projectTeams(asker('editor', ['projects:write']))).toEqual([]);
  });
});

describe('lists of people', () => {
  const mei = member('Mei', 'viewer');
  const jun = member('Jun', 'owner');
  const kim = member('Kim', 'guest');
  const gone = member('Ann', 'owner', { is_disabled: true });

  it('begin with those who may do most, and end with those who are out', () => {
    expect(inRank([kim, gone, mei, jun]).map(({ name }) => name)).toEqual(['Jun', 'Mei', 'Kim', 'Ann']);
  });

  it.each([
    ['', 3],
    ['MEI', 1],
    ['example.com', 3],
    [' jun@ ', 1],
    ['nobody', 0],
  ])('are looked through for %j', (word, count) => expect(found([kim, mei, jun], word)).toHaveLength(count));

  it('have a field to look through them where they are long', () => {
    expect(isMany(Array.from({ length: 8 }))).toBe(false);
    expect(isMany(Array.from({ length: 9 }))).toBe(true);
  });

  it.each([
    ['Mei Lin', 'ML'],
    ['owner', 'O'],
    ['林 美', '林'],
    ['Ana María de la Cruz', 'AC'],
    ['👩‍🎨', '👩'],
    ['', ''],
  ])('show %j by its beginning', (name, initials) => expect(initialsOf(name)).toBe(initials));

  it('keep an owner', () => {
    expect(isOnlyOwner('jun', [jun, mei])).toBe(true);
    expect(isOnlyOwner('mei', [jun, mei])).toBe(false);
    expect(isOnlyOwner('jun', [jun, member('Ida', 'owner')])).toBe(false);
  });

  it('ask first where somebody takes from themselves what nobody else may give back but others', () => {
    expect(lowersSelf(true, 'owner', 'editor')).toBe(true);
    expect(lowersSelf(true, 'owner', 'owner')).toBe(false);
    expect(lowersSelf(false, 'owner', 'viewer')).toBe(false);
    expect(lowersSelf(true, 'editor', 'owner')).toBe(false);
  });

  it('show of quotas those of the person in the team', () => {
    const quota = (id: string, team_id: string, user_id: string | null) => ({ id, team_id, user_id }) as QuotaRead;
    expect(quotasOf([quota('1', 't', 'u'), quota('2', 't', null), quota('3', 'x', 'u'), quota('4', 't', 'v')], 't', 'u').map(({ id }) => id)).toEqual(['1']);
  });
});

describe('roles in a project', () => {
  it('are those that were given there, and else those of the team', () => {
    expect(saidFor(inProject({}))).toBe('team');
    expect(saidFor(inProject({ project_role: 'editor' }))).toBe('editor');
    // Whatever was given: an owner of the team owns every project.
    expect(saidFor(inProject({ team_role: 'owner', project_role: 'viewer' }))).toBe('team');
  });

  it('are given anew to guests who do not see the project yet', () => {
    const guest = member('Kim', 'guest');
    expect(candidates([guest, member('Jun', 'owner'), member('Out', 'guest', { is_disabled: true })], [])).toEqual([guest]);
    expect(candidates([guest], [{ user_id: 'kim' }])).toEqual([]);
  });
});
