import { beforeEach, describe, expect, it } from 'vitest';

import { sessionBegan, sessionLost, sessionOver, sessionWord, useSession } from './session';

beforeEach(() => {
  document.cookie = 'imageloom_csrf=; expires=Thu, 01 Jan 1970 00:00:00 GMT';
  sessionOver();
});

it('reads the word of the session, and none where there is no session', () => {
  expect(sessionWord()).toBeNull();
  document.cookie = 'imageloom_csrf=ab%3D1';
  document.cookie = 'other=x';
  expect(sessionWord()).toBe('ab=1');
});

describe('a session', () => {
  it('that is lost has ended', () => {
    sessionBegan();
    sessionLost();
    expect(useSession.getState().state).toBe('ended');
  });

  it('that never was cannot be lost', () => {
    sessionLost();
    expect(useSession.getState().state).toBe('out');
  });
});
