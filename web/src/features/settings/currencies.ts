/** What a dollar may come to: as the server takes it, and more than nothing. */
export function isRate(text: string): boolean {
  return /^\d{1,7}(\.\d{1,6})?$/.test(text) && Number(text) > 0;
}

/** Every currency that this browser knows, by its name in the page's language. */
export function currencies(language: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(language, { type: 'currency' });
  return Intl.supportedValuesOf('currency')
    .filter((code) => code !== 'USD')
    .map((code) => ({ code, name: names.of(code) ?? code }));
}
