const BROWSERS: [string, RegExp][] = [
  ['Edge', /Edg\//],
  ['Opera', /OPR\//],
  ['Samsung Internet', /SamsungBrowser\//],
  ['Firefox', /Firefox\/|FxiOS\//],
  ['Chrome', /Chrome\/|CriOS\/|Chromium\//],
  ['Safari', /Version\/.*Safari\//],
];
const SYSTEMS: [string, RegExp][] = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
];

/** What an agent says of itself, as people call it. */
export function deviceOf(agent: string): { browser: string; system: string; isPhone: boolean } {
  const find = (list: [string, RegExp][]) => list.find(([, pattern]) => pattern.test(agent))?.[0] ?? '';
  const system = find(SYSTEMS);
  const own = agent.split(/[ /]/)[0] ?? '';
  return { browser: find(BROWSERS) || (own === 'Mozilla' ? '' : own), system, isPhone: /iPhone|Android.*Mobile/.test(agent) };
}
