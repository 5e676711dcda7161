import type { StrengthRead } from '@/api';

export type Step = 1 | 2 | 3 | 4;
const MOST = 4;

/** Of four steps: too weak, weak, enough, strong. Enough is what this server takes, whatever it asks for. */
export function stepOf({ score, is_enough: isEnough }: StrengthRead): Step {
  if (isEnough) return score >= MOST ? 4 : 3;
  return score <= 1 ? 1 : 2;
}
