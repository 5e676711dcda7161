/** What is to be asked for again when the place of a person has changed: of whichever team or project it is. */
export const MEMBERS = [{ _id: 'listMembers' }] as const;
export const PROJECT_MEMBERS = [{ _id: 'listProjectMembers' }] as const;
export const USERS = [{ _id: 'listUsers' }] as const;
