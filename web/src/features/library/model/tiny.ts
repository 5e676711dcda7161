const SIDE = 8;

/** The 8×8 pixels that the server keeps of a picture, as a canvas takes them; `null` for what is none. */
export function tinyPixels(base64: string): Uint8ClampedArray<ArrayBuffer> | null {
  let bytes: string;
  try {
    bytes = atob(base64);
  } catch {
    return null;
  }
  if (bytes.length !== SIDE * SIDE * 3) return null;
  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) pixels[pixel * 4 + channel] = bytes.charCodeAt(pixel * 3 + channel);
    pixels[pixel * 4 + 3] = 255;
  }
  return pixels;
}
