/** How a picture is looked at: how many times larger than it fits, and which point of it lies in the middle. */
export interface Look {
  readonly zoom: number;
  /** From 0 to 1, so that pictures of different sizes can be looked at alike. */
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const FIT: Look = { zoom: 1, x: 0.5, y: 0.5 };

/** Small pictures are not blown up beyond this to fill the stage. */
const ENLARGED_MOST = 2.5;
const PIXELS_LARGEST = 8;
const STEP = 1.35;

export function fitScale(stage: Size, picture: Size): number {
  if (stage.width <= 0 || stage.height <= 0 || picture.width <= 0 || picture.height <= 0) return 1;
  return Math.min(stage.width / picture.width, stage.height / picture.height, ENLARGED_MOST);
}

export function largestZoom(stage: Size, picture: Size): number {
  return Math.max(PIXELS_LARGEST / fitScale(stage, picture), 4);
}

/** The zoom at which one pixel of the picture is one of the page. */
export function trueZoom(stage: Size, picture: Size): number {
  return 1 / fitScale(stage, picture);
}

function scaled(zoom: number, stage: Size, picture: Size): Size {
  const scale = fitScale(stage, picture) * zoom;
  return { width: picture.width * scale, height: picture.height * scale };
}

/** Keeps the stage filled where the picture is larger than it, and the picture in the middle where it is smaller. */
export function settled(look: Look, stage: Size, picture: Size): Look {
  const smallest = Math.min(1, trueZoom(stage, picture));
  const zoom = Math.min(Math.max(look.zoom, smallest), largestZoom(stage, picture));
  const size = scaled(zoom, stage, picture);
  const along = (place: number, whole: number, seen: number) => {
    if (whole <= seen) return 0.5;
    const half = seen / 2 / whole;
    return Math.min(Math.max(place, half), 1 - half);
  };
  return { zoom, x: along(look.x, size.width, stage.width), y: along(look.y, size.height, stage.height) };
}

/** Where the picture lies on its stage. */
export function placed(look: Look, stage: Size, picture: Size): Size & Point {
  const size = scaled(look.zoom, stage, picture);
  return { ...size, x: stage.width / 2 - look.x * size.width, y: stage.height / 2 - look.y * size.height };
}

/** Zooms, with the point of the picture under `at` staying there. */
export function zoomedTo(look: Look, zoom: number, at: Point, stage: Size, picture: Size): Look {
  const before = scaled(look.zoom, stage, picture);
  const wished = settled({ ...look, zoom }, stage, picture).zoom;
  const after = scaled(wished, stage, picture);
  const [dx, dy] = [at.x - stage.width / 2, at.y - stage.height / 2];
  const x = look.x + dx / before.width - dx / after.width;
  const y = look.y + dy / before.height - dy / after.height;
  return settled({ zoom: wished, x, y }, stage, picture);
}

export function panned(look: Look, dx: number, dy: number, stage: Size, picture: Size): Look {
  const size = scaled(look.zoom, stage, picture);
  return settled({ ...look, x: look.x - dx / size.width, y: look.y - dy / size.height }, stage, picture);
}

/** Larger or smaller by a step, about the middle. */
export function stepped(look: Look, steps: number, stage: Size, picture: Size): Look {
  return zoomedTo(look, look.zoom * STEP ** steps, { x: stage.width / 2, y: stage.height / 2 }, stage, picture);
}

/** Whole, or pixel for pixel: a double click goes from one to the other. */
export function toggled(look: Look, at: Point, stage: Size, picture: Size): Look {
  if (Math.abs(look.zoom - 1) > 0.01) return FIT;
  const one = trueZoom(stage, picture);
  return zoomedTo(look, one > 1.05 ? one : 2, at, stage, picture);
}
