import { LATER } from './places';

export { createRoutes } from './routes';

/** Sends what was submitted while the server was away. Loaded only where something waits. */
export async function sendKept(onMade: (name: string) => void): Promise<void> {
  if (localStorage.getItem(LATER) === null) return;
  const { sendLater } = await import('./later');
  await sendLater((batch) => onMade(batch.name));
}
