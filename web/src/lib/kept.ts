/** What the server said last, for when it does not answer. */
export const SAID = 'said';
/** Previews that were looked at. */
export const PICTURES = 'pictures';

const PICTURE = /^\/api\/assets\/[^/.]+\/preview$/;
/** What the library, the batches and the person's own choices need. Nothing of keys, people or money beyond that. */
const KEPT = /^\/api\/(?:me(?:\/profile)?|models|lanes|assets(?:\/[^/.]+)?|batches(?:\/(?!standing$)[^/.]+(?:\/cells)?)?)$/;
const ELSEWHERE = /^\/(?:api|v1|docs|redoc|health|openapi\.json|static-offline-docs)(?:\/|$)/;

export function isPicture(path: string): boolean {
  return PICTURE.test(path);
}

export function isKept(path: string): boolean {
  return KEPT.test(path);
}

/** Whether the page answers there, as the server has it. */
export function isOfThePage(path: string): boolean {
  return !ELSEWHERE.test(path);
}
