import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';

import { quiet } from './quiet';

describe('quiet', () => {
  it('waits until the server owes no answer', async () => {
    const queries = new QueryClient();
    let answer = (_said: string) => undefined as void;
    const asked = queries.fetchQuery({ queryKey: ['asked'], queryFn: () => new Promise<string>((resolve) => (answer = resolve)) });
    let isOver = false;
    const over = quiet(queries).then(() => (isOver = true));
    await Promise.resolve();
    expect(isOver).toBe(false);
    answer('said');
    await asked;
    await over;
    expect(isOver).toBe(true);
  });

  it('does not wait for ever', async () => {
    const queries = new QueryClient();
    void queries.fetchQuery({ queryKey: ['asked'], queryFn: () => new Promise(() => undefined) });
    await expect(quiet(queries)).resolves.toBeUndefined();
  });
});
