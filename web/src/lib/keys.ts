const IS_APPLE = /mac|iphone|ipad/i.test(navigator.platform);

const NAMES: Record<string, string> = {
  $mod: IS_APPLE ? '⌘' : 'Ctrl',
  Shift: IS_APPLE ? '⇧' : 'Shift',
  Alt: IS_APPLE ? '⌥' : 'Alt',
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
};

/** The caps of a key in tinykeys' notation, one list per press: `g c` is two presses, `$mod+k` one of two caps. */
export function caps(keys: string): string[][] {
  return keys.split(' ').map((press) =>
    press
      .split(/\+(?=.)/)
      .map((cap) => NAMES[cap] ?? (cap.length === 1 ? cap.toUpperCase() : cap)),
  );
}
