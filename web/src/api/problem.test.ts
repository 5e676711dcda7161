import { expect, it } from 'vitest';

import { asProblem, Problem } from './problem';

it('reads what the server says is wrong', () => {
  const problem = new Problem({ detail: 'Too many.', code: 'too_many', field: 'plan.count', hint: 'Ask for less.', request_id: 'r1', lines: [3] }, 422);
  expect(problem).toMatchObject({ message: 'Too many.', code: 'too_many', field: 'plan.count', hint: 'Ask for less.', requestId: 'r1', status: 422 });
  expect(problem.document['lines']).toEqual([3]);
});

it('takes whatever was thrown', () => {
  expect(asProblem(new Error('odd')).message).toBe('odd');
  expect(asProblem({ status: 404, title: 'Gone' }).status).toBe(404);
  expect(asProblem('text').message).toBe('text');
});

it('knows what is wrong with a field', () => {
  const malformed = new Problem({ detail: 'x', field: 'email', faults: [{ field: 'body.email', rule: 'must be like name@example.com' }] }, 422);
  expect(malformed.at('email')).toBe('must be like name@example.com');
  expect(malformed.at('name')).toBeUndefined();
  expect(new Problem({ detail: 'It is common.', hint: 'Take words.', field: 'password' }, 400).at('password')).toBe('It is common. Take words.');
});
