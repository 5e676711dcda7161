import { useQuery } from '@tanstack/react-query';

import { type BudgetRead, listBudgetsOptions } from '@/api';

/** Caps that hold whatever the batch will be called: those of a key or of another batch depend on more. */
const KINDS: BudgetRead['kind'][] = ['team', 'project', 'user', 'provider'];
const MANY = 500;

/** Of the caps that bind what these models make, the one of which least is left. */
export function tightest(caps: readonly BudgetRead[], models: readonly string[]): BudgetRead | null {
  const providers = new Set(models.map((name) => name.split('/')[0]));
  const binding = caps.filter((cap) => cap.is_hard && KINDS.includes(cap.kind) && (cap.kind !== 'provider' || providers.has(cap.target)));
  return binding.reduce<BudgetRead | null>((least, cap) => (least === null || Number(cap.left) < Number(least.left) ? cap : least), null);
}

/** Parts of a hundred: what is gone, what this would take at most, and whether that is more than is left. */
export function sharesOf(cap: Pick<BudgetRead, 'amount' | 'left'>, high: string | null): { gone: number; wanted: number; isTooMuch: boolean } {
  const [amount, left, most] = [Number(cap.amount), Number(cap.left), Number(high ?? 0)];
  const isTooMuch = most > left;
  if (amount <= 0) return { gone: 100, wanted: 0, isTooMuch };
  const gone = Math.min(100, Math.max(0, (100 * (amount - left)) / amount));
  return { gone, wanted: Math.min(100 - gone, (100 * most) / amount), isTooMuch };
}

export function useTightest(models: readonly string[]): BudgetRead | null {
  const caps = useQuery({ ...listBudgetsOptions({ query: { kind: KINDS, limit: MANY } }), staleTime: 10_000, retry: false });
  return caps.data ? tightest(caps.data.items, models) : null;
}
