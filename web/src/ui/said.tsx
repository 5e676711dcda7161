import { useTranslation } from 'react-i18next';

import { langOf, said } from '@/lib/said';

/** What the server said, in the language of the page where it is known, and marked as English where it is not. */
export function Said({ text, className }: { text: string | null | undefined; className?: string }) {
  // Drawn anew when the words come.
  useTranslation('app', { useSuspense: false });
  const words = said(text);
  return (
    <span lang={langOf(words)} className={className}>
      {words}
    </span>
  );
}
