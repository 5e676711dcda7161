export { settingsRoutes } from './routes';

/** Loaded when it is needed: the page starts without it. */
export async function followPerson(): Promise<void> {
  await (await import('./following')).followPerson();
}
