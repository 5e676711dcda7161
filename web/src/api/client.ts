import { foundServer, lostServer } from '@/lib/connection';

import { client } from './gen/client.gen';
import { asProblem, Problem } from './problem';

/** Sets the generated client up: errors are problems, and a lost server is noticed wherever it shows first. */
export function setUpClient(): void {
  client.setConfig({ baseUrl: '', credentials: 'same-origin' });
  client.interceptors.response.use((response) => {
    foundServer();
    return response;
  });
  client.interceptors.error.use((error, response) => {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    if (!response) {
      lostServer();
      return new Problem({ code: 'unreachable', detail: 'The server does not answer.' }, 0);
    }
    if (typeof error === 'object' && error !== null) return new Problem(error as Record<string, unknown>, response.status);
    return asProblem(error);
  });
}
