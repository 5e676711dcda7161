/** Somebody else may sit here next: nothing of what was seen stays on this device, but the page itself. */
export async function forgetKept(): Promise<void> {
  if (!('caches' in globalThis)) return;
  const names = await caches.keys();
  await Promise.all(names.filter((name) => !name.startsWith('shell-')).map((name) => caches.delete(name)));
}
