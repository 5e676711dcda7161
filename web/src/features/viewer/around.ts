/**
 * Which frames of a roll fill a strip whose middle is the one that is shown. Where one side has too few, the other has more: the
 * strip ends with its first and last frame.
 */
export function framesAround(index: number, count: number, room: number, widthOf: (index: number) => number): { first: number; end: number } {
  const walk = (step: 1 | -1, wanted: number) => {
    let [place, width] = [index, 0];
    while (width < wanted && place + step >= 0 && place + step < count) {
      place += step;
      width += widthOf(place);
    }
    return { place, width };
  };
  // Some beyond what is seen, so that the next is there when the strip moves.
  const half = room / 2 + SPARE;
  const right = walk(1, half);
  const left = walk(-1, half + Math.max(half - right.width, 0));
  const last = walk(1, half + Math.max(half - left.width, 0));
  return { first: left.place, end: last.place + 1 };
}

const SPARE = 200;
