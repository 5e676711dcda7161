import { asProblem } from '@/api';
import { say } from '@/ui/toast';

/** What the server says went wrong, in passing. */
export function sayProblem(error: unknown): void {
  const { title, message } = asProblem(error);
  say({ title, text: message, kind: 'bad' });
}
