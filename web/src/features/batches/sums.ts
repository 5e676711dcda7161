/** Exact sums of decimal amounts in text: a number would round them. */

const PLACES = 6;

function micros(amount: string): bigint {
  const [whole = '0', part = ''] = amount.split('.');
  return BigInt(whole + part.slice(0, PLACES).padEnd(PLACES, '0'));
}

function text(sum: bigint): string {
  const digits = sum.toString().padStart(PLACES + 1, '0');
  const part = digits.slice(-PLACES).replace(/0+$/, '');
  return part ? `${digits.slice(0, -PLACES)}.${part}` : digits.slice(0, -PLACES);
}

/** By how much a sum is more than before, exactly; `null` where it is not. */
export function riseOf(before: string, after: string): string | null {
  const rise = micros(after) - micros(before);
  return rise > 0n ? text(rise) : null;
}

export interface Priced {
  estimated: string | null;
  estimated_unknown: number;
}

/** What is known of some prices in sum, and of how many items nothing is: `null` where nothing is known of any. */
export function sumOf(parts: readonly Priced[]): { amount: string | null; unknown: number } {
  const known = parts.filter((part) => part.estimated !== null);
  return {
    amount: known.length === 0 ? null : text(known.reduce((sum, part) => sum + micros(part.estimated ?? '0'), 0n)),
    unknown: parts.reduce((sum, part) => sum + part.estimated_unknown, 0),
  };
}
