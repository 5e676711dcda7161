/** Looks that several primitives share. */

/** Whatever lies over the page: menus, selects, palettes. */
export const popupLook =
  'max-h-(--available-height) overflow-hidden rounded-dialog border border-line bg-raised p-1 text-control text-ink shadow-pop outline-none transition-[opacity,transform] duration-120 data-starting-style:scale-98 data-starting-style:opacity-0 data-ending-style:opacity-0';

/** A row of such a popup. */
export const rowLook =
  'flex min-h-8 max-tablet:min-h-11 cursor-default items-center gap-2 rounded-control px-2 py-1 text-control outline-none select-none data-highlighted:bg-hover aria-disabled:opacity-50';
