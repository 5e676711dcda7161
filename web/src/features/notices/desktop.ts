/** Whether this browser shows notices of this page. `none`: it has no way to, as over plain HTTP from another machine. */
export type Desktop = 'none' | NotificationPermission;

export function desktopNow(): Desktop {
  return 'Notification' in globalThis && isSecureContext ? Notification.permission : 'none';
}

/** Asks the person, where the browser has not been answered yet. */
export async function askDesktop(): Promise<Desktop> {
  return desktopNow() === 'default' ? await Notification.requestPermission() : desktopNow();
}

/** Calls back when the person changes their mind in the browser's own settings. */
export function onDesktop(changed: () => void): () => void {
  let stop: () => void = () => undefined;
  let isOver = false;
  void navigator.permissions?.query({ name: 'notifications' }).then(
    (status) => {
      if (isOver) return;
      status.addEventListener('change', changed);
      stop = () => status.removeEventListener('change', changed);
    },
    () => undefined,
  );
  return () => {
    isOver = true;
    stop();
  };
}

export interface Sign {
  /** A later one of the same name takes the place of the earlier. */
  tag: string;
  title: string;
  body: string;
  to: string;
}

/** Shows a notice outside the page; a click on it comes back to the page and goes where it leads. */
export async function showSign({ tag, title, body, to }: Sign, go: (to: string) => void): Promise<void> {
  const look = { tag, body, icon: '/icon.svg', lang: document.documentElement.lang };
  try {
    const sign = new Notification(title, look);
    sign.addEventListener('click', () => {
      window.focus();
      sign.close();
      go(to);
    });
  } catch {
    // Browsers of phones leave it to the page's worker, which hears the click, too.
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.showNotification(title, { ...look, data: { to } });
  }
}
