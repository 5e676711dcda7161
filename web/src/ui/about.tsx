import { formatAbout } from '@/lib/format';
import { usePreferences } from '@/lib/preferences';

/** About what an amount is in the currency that a person wishes for; nothing where they wish for none. */
export function About({ amount, currency }: { amount: string | null; currency: string }) {
  // Drawn anew when the wish changes.
  usePreferences((preferences) => `${preferences.currency} ${preferences.rate}`);
  const about = amount === null ? null : formatAbout(amount, currency);
  return about && <span className="text-small font-normal whitespace-nowrap text-ink3">{about}</span>;
}
