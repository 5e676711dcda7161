type Row = Readonly<Record<string, string>>;

/** The columns of a row become a prompt: `{{subject}} in {{style}}`. */
export function filled(template: string, row: Row): string {
  return template.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => row[name] ?? whole);
}
