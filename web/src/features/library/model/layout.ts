/** Justified rows in typed arrays: a hundred thousand pictures are some milliseconds and no objects. */
export interface Layout {
  readonly count: number;
  readonly rows: number;
  /** The first picture of each row, and one more: the end. */
  readonly starts: Uint32Array;
  /** The upper edge of each row, and one more: the end. */
  readonly tops: Float64Array;
  /** The height of each row's pictures, without the caption. */
  readonly heights: Float32Array;
  readonly aspects: Float32Array;
  readonly gap: number;
  readonly caption: number;
  readonly height: number;
}

export interface LayoutWish {
  width: number;
  /** The height that rows have about. */
  row: number;
  gap: number;
  caption: number;
}

/** Neither a panorama nor a ribbon may make a row that cannot be seen. */
const NARROWEST = 0.3;
const WIDEST = 4;

export function aspectOf(width: number, height: number): number {
  if (!(width > 0) || !(height > 0)) return 1;
  return Math.min(Math.max(width / height, NARROWEST), WIDEST);
}

/** Fills rows from the left; a row ends where its height is nearest to the one wished for. The last is not stretched. */
export function justify(aspects: Float32Array, count: number, { width, row, gap, caption }: LayoutWish): Layout {
  const starts = new Uint32Array(count + 1);
  const heights = new Float32Array(count);
  let rows = 0;
  let first = 0;
  let sum = 0;
  const close = (end: number, high: number) => {
    heights[rows] = high;
    rows += 1;
    starts[rows] = end;
    first = end;
    sum = 0;
  };
  const fitting = (many: number, total: number) => Math.max((width - gap * (many - 1)) / total, 1);
  for (let place = 0; place < count; place += 1) {
    const aspect = aspects[place] ?? 1;
    const many = place - first;
    const after = fitting(many + 1, sum + aspect);
    if (after > row) {
      sum += aspect;
      continue;
    }
    const before = many > 0 ? fitting(many, sum) : Number.POSITIVE_INFINITY;
    if (before - row < row - after) {
      close(place, before);
      sum = aspect;
      if (fitting(1, aspect) <= row) close(place + 1, fitting(1, aspect));
    } else close(place + 1, after);
  }
  if (first < count) close(count, Math.min(row, fitting(count - first, sum)));
  const tops = new Float64Array(rows + 1);
  for (let at = 0; at < rows; at += 1) tops[at + 1] = (tops[at] ?? 0) + (heights[at] ?? 0) + caption + gap;
  return {
    count,
    rows,
    starts: starts.slice(0, rows + 1),
    tops,
    heights: heights.slice(0, rows),
    aspects,
    gap,
    caption,
    height: tops[rows] ?? 0,
  };
}

/** The last place of a sorted array whose value is at most the one given; 0 before the first. */
export function lastAtMost(values: Uint32Array | Float64Array, value: number, length = values.length): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function rowOf(layout: Layout, index: number): number {
  return Math.min(lastAtMost(layout.starts, index), Math.max(layout.rows - 1, 0));
}

/** The row at a height. */
export function rowAt(layout: Layout, offset: number): number {
  return layout.rows === 0 ? 0 : lastAtMost(layout.tops, offset, layout.rows);
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The boxes of a row's pictures, captions left out, from the left. */
export function boxesOf(layout: Layout, row: number): Box[] {
  const boxes: Box[] = [];
  const height = layout.heights[row] ?? 0;
  const y = layout.tops[row] ?? 0;
  let x = 0;
  for (let index = layout.starts[row] ?? 0; index < (layout.starts[row + 1] ?? 0); index += 1) {
    const width = (layout.aspects[index] ?? 1) * height;
    boxes.push({ x, y, width, height });
    x += width + layout.gap;
  }
  return boxes;
}

/** The rows that a view shows, the second bound left out. */
export function rowsIn(layout: Layout, top: number, bottom: number): [number, number] {
  if (layout.rows === 0) return [0, 0];
  const last = layout.rows - 1;
  return [Math.min(lastAtMost(layout.tops, top), last), Math.min(lastAtMost(layout.tops, bottom), last) + 1];
}

/** The picture above or below: the one whose middle is nearest. The same where there is no such row. */
export function beyond(layout: Layout, index: number, rows: number): number {
  const row = rowOf(layout, index);
  const target = Math.min(Math.max(row + rows, 0), layout.rows - 1);
  if (target === row) return index;
  const own = boxesOf(layout, row)[index - (layout.starts[row] ?? 0)];
  const middle = own ? own.x + own.width / 2 : 0;
  let best = layout.starts[target] ?? 0;
  let distance = Number.POSITIVE_INFINITY;
  for (const [place, box] of boxesOf(layout, target).entries()) {
    const away = Math.abs(box.x + box.width / 2 - middle);
    if (away >= distance) continue;
    distance = away;
    best = (layout.starts[target] ?? 0) + place;
  }
  return best;
}
