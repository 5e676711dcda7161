import { describe, expect, it } from 'vitest';

import { stepOf } from './strength';

describe('the steps of a password', () => {
  it('follow the score below what is enough', () => {
    const steps = [0, 1, 2, 3].map((score) => stepOf({ score, is_enough: false, weakness: 'It can be guessed.' }));
    expect(steps).toEqual([1, 1, 2, 2]);
  });

  it('never call weak what the server takes', () => {
    const steps = [0, 1, 2, 3, 4].map((score) => stepOf({ score, is_enough: true, weakness: null }));
    expect(steps).toEqual([3, 3, 3, 3, 4]);
  });
});
