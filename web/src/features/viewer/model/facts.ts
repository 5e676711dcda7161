import type { AssetRead, AttemptRead } from '@/api';

type Value = string | number | boolean | null | undefined | object;

export interface Facts {
  frame: number | null;
  prompt: string | null;
  /** What the provider says that it has drawn, where it changed the words. */
  sent: string | null;
  template: string | null;
  negative: string | null;
  provider: string | null;
  model: string | null;
  seed: string | null;
  quality: string | null;
  size: string;
  format: string;
  importedFrom: string | null;
  notes: string[];
  notSent: { field: string; value: string; reason: string }[];
  options: [string, string][];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;
}

function list(value: unknown): Value[] {
  return Array.isArray(value) ? (value as Value[]) : [];
}

function said(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is known of how a picture was made. */
export function factsOf(asset: AssetRead): Facts {
  const made = asset.provenance;
  const position = made['position'];
  const prompt = text(made['prompt']);
  const sent = text(made['revised_prompt']);
  const options = typeof made['options'] === 'object' && made['options'] !== null ? Object.entries(made['options']) : [];
  return {
    frame: typeof position === 'number' ? position + 1 : null,
    prompt,
    sent: sent === prompt ? null : sent,
    template: text(made['template']) === prompt ? null : text(made['template']),
    negative: text(made['negative_prompt']),
    provider: text(made['provider']),
    model: text(made['model']),
    seed: text(made['seed']),
    quality: text(made['quality']),
    size: `${asset.width} × ${asset.height}`,
    format: asset.format.toUpperCase(),
    importedFrom: text(made['imported_from']),
    notes: list(made['notes']).map(said),
    notSent: list(made['not_sent']).map((entry) => {
      const field = entry as Record<string, unknown>;
      return { field: said(field['field']), value: said(field['value']), reason: said(field['reason']) };
    }),
    options: options.map(([name, value]) => [name, said(value)]),
  };
}

export interface Cost {
  /** `null` is unknown, which is never 0. */
  amount: string | null;
  currency: string;
}

/** What the attempts have cost together. One of which nobody knows makes all of it unknown. */
export function costOf(attempts: readonly AttemptRead[]): Cost | null {
  const [first] = attempts;
  if (!first) return null;
  const amounts = attempts.map(({ settled, billed }) => settled ?? (billed === false ? '0' : null));
  const isKnown = amounts.every((amount) => amount !== null) && attempts.every(({ currency }) => currency === first.currency);
  return { amount: isKnown ? sum(amounts.filter((amount) => amount !== null)) : null, currency: first.currency };
}

/** Adds decimals without rounding any. */
export function sum(amounts: readonly string[]): string {
  const places = Math.max(...amounts.map((amount) => amount.split('.')[1]?.length ?? 0), 0);
  const total = amounts.reduce((before, amount) => {
    const [whole = '0', part = ''] = amount.split('.');
    return before + BigInt(whole + part.padEnd(places, '0'));
  }, 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, '0');
  const sign = total < 0n ? '-' : '';
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Lines of what differs between pictures; what is the same in all of them is left out. */
export function differences(assets: readonly AssetRead[]): { name: keyof Facts | 'created'; values: (string | null)[] }[] {
  const facts = assets.map(factsOf);
  const names = ['prompt', 'sent', 'negative', 'provider', 'model', 'size', 'seed', 'quality', 'format'] as const;
  const lines: { name: keyof Facts | 'created'; values: (string | null)[] }[] = names.map((name) => ({ name, values: facts.map((fact) => fact[name]) }));
  lines.push({ name: 'options', values: facts.map((fact) => fact.options.map(([name, value]) => `${name} ${value}`).join(', ') || null) });
  return lines.filter(({ values }) => new Set(values).size > 1);
}
