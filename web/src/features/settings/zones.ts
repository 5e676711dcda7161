/** The zone in which the browser is. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Every zone that the browser knows. */
export function zones(): string[] {
  return Intl.supportedValuesOf('timeZone');
}
