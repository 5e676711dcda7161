import { Flag, Star, X } from 'lucide-react';

import type { PickWord } from '../model/roll';

const STARS = [1, 2, 3, 4, 5] as const;

/** What is thought of a picture, beside its number. Its name says the same in words. */
export function Marks({ pick, rating }: { pick: PickWord; rating: number }) {
  if (pick === 'none' && rating === 0) return null;
  return (
    <span className="ml-auto flex shrink-0 items-center gap-1 text-ink2">
      {rating > 0 && (
        <span className="flex">
          {STARS.slice(0, rating).map((star) => (
            <Star key={star} aria-hidden="true" className="size-2.5 fill-current text-signal" />
          ))}
        </span>
      )}
      {pick === 'pick' && <Flag aria-hidden="true" className="size-3 fill-current text-signal" />}
      {pick === 'reject' && <X aria-hidden="true" className="size-3.5 text-bad" strokeWidth={3} />}
    </span>
  );
}
