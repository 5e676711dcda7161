import { usePreferences } from './preferences';

/** Numbers, money and times as the page's language writes them. `lang` on the document is the one source of it. */

function language(): string {
  return document.documentElement.lang || 'en';
}

/** Formats are kept: making one costs more than a hundred uses of it. */
function kept<Format, Options>(make: (language: string, options: Options | undefined) => Format): (options?: Options) => Format {
  const known = new Map<string, Format>();
  return (options) => {
    const key = `${language()} ${JSON.stringify(options)}`;
    const format = known.get(key) ?? make(language(), options);
    known.set(key, format);
    return format;
  };
}

const numbers = kept((of, options: Intl.NumberFormatOptions | undefined) => new Intl.NumberFormat(of, options));
const dates = kept((of, options: Intl.DateTimeFormatOptions | undefined) => new Intl.DateTimeFormat(of, options));

/** Below that, all our languages write whole numbers alike. */
const GROUPED_FROM = 1_000;

export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  // The first format of a page costs more than drawing a panel.
  if (!options && Number.isInteger(value) && value >= 0 && value < GROUPED_FROM) return String(value);
  return numbers(options).format(value);
}

/**
 * An exact decimal amount. Small prices keep the digits that they have, unless `decimals` says how many.
 * `null` stays with the caller: unknown is never 0.
 */
export function formatMoney(amount: string, currency: string, decimals?: number): string {
  const digits = amount.split('.')[1]?.replace(/0+$/, '').length ?? 0;
  const format = numbers({
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: decimals ?? Math.min(Math.max(digits, 2), 6),
    maximumFractionDigits: decimals ?? 6,
  });
  // A decimal in a string is written exactly; a number would be rounded on the way.
  return format.format(amount as unknown as number);
}

/** About what an amount is in a person's own currency, at the rate that they gave; `null` where they gave none. */
export function formatAbout(amount: string, currency: string): string | null {
  const { currency: own, rate } = usePreferences.getState();
  if (!own || !rate || currency !== 'USD' || own === currency) return null;
  // By its code: the dollar's sign stands for the currencies of many.
  const format = numbers({ style: 'currency', currency: own, currencyDisplay: 'code', maximumSignificantDigits: 3 });
  return `≈ ${format.format(Number(amount) * Number(rate))}`;
}

export function formatDate(iso: string, options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }): string {
  const timeZone = usePreferences.getState().zone ?? undefined;
  return dates({ timeZone, ...options }).format(new Date(iso));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** How much room something takes. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return formatNumber(bytes / 1_000 ** power, { style: 'unit', unit: UNITS[power] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: power === 0 ? 0 : 1 });
}

/** "3 minutes ago". */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1_000);
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length || unit === 'second') return format.format(Math.trunc(seconds / length), unit);
  }
  return '';
}
