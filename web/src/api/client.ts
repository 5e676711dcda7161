import { foundServer, lostServer } from '@/lib/connection';
import { sessionLost, sessionWord } from '@/lib/session';

import { client } from './gen/client.gen';
import { asProblem, Problem } from './problem';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Sets the generated client up: errors are problems, and a lost server is noticed wherever it shows first. */
export function setUpClient(): void {
  client.setConfig({ baseUrl: '', credentials: 'same-origin' });
  client.interceptors.request.use((request) => {
    const word = SAFE.has(request.method) ? null : sessionWord();
    if (word !== null) request.headers.set('X-CSRF-Token', word);
    return request;
  });
  client.interceptors.response.use((response) => {
    // What was kept of an earlier answer is no sign of the server.
    if (response.headers.has('X-Kept')) lostServer();
    else foundServer();
    return response;
  });
  client.interceptors.error.use((error, response) => {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    if (!response) {
      lostServer();
      return new Problem({ code: 'unreachable', detail: 'The server does not answer.' }, 0);
    }
    const problem =
      typeof error === 'object' && error !== null ? new Problem(error as Record<string, unknown>, response.status) : asProblem(error);
    // A wrong password is 401 too, and says nothing of a session.
    if (problem.status === 401 && problem.code !== 'wrong_password') sessionLost();
    return problem;
  });
}
