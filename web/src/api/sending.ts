/** How much of what is sent is on its way, from nought to one. */
export type Tell = (share: number) => void;

/**
 * Sends a form as `fetch` would, for a call of the client that sends the same form. `fetch` itself does not say how much
 * of a body has gone.
 */
export function telling(form: FormData, tell: Tell): typeof fetch {
  return async (input) => {
    const request = input instanceof Request ? input : new Request(input);
    return new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest();
      const stop = () => sending.abort();
      sending.open(request.method, request.url);
      sending.responseType = 'blob';
      // The form says its own type, with the border between its parts.
      for (const [name, value] of request.headers) if (name !== 'content-type') sending.setRequestHeader(name, value);
      sending.upload.addEventListener('progress', ({ loaded, total }) => tell(total > 0 ? loaded / total : 0));
      sending.addEventListener('load', () => resolve(answerOf(sending)));
      sending.addEventListener('error', () => reject(new TypeError('The server does not answer.')));
      sending.addEventListener('abort', () => reject(new DOMException('It was given up.', 'AbortError')));
      sending.addEventListener('loadend', () => request.signal.removeEventListener('abort', stop));
      request.signal.addEventListener('abort', stop);
      if (request.signal.aborted) stop();
      else sending.send(form);
    });
  };
}

function answerOf(sent: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of sent.getAllResponseHeaders().trim().split('\r\n')) {
    const at = line.indexOf(':');
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  return new Response(sent.response as Blob, { status: sent.status, statusText: sent.statusText, headers });
}
