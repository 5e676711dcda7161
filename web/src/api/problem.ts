import { said } from '@/lib/said';

/** What the server says when something is wrong (RFC 9457): which field, which rule, and the way out. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  /** Everything else that the document holds. */
  readonly document: Record<string, unknown>;

  constructor(document: Record<string, unknown>, status: number) {
    const text = (name: string) => (typeof document[name] === 'string' ? document[name] : undefined);
    super();
    this.name = 'Problem';
    this.status = status;
    this.code = text('code') ?? 'http_error';
    this.field = text('field');
    this.requestId = text('request_id');
    this.document = document;
    // In the language of the page, whatever that is by the time that it is shown: the words may come later than the problem.
    const detail = text('detail') ?? text('title') ?? `HTTP ${status}`;
    Object.defineProperty(this, 'message', { get: () => said(detail), enumerable: true });
  }

  get title(): string {
    const title = this.document['title'];
    return typeof title === 'string' ? said(title) : this.message;
  }

  get hint(): string | undefined {
    const hint = this.document['hint'];
    return typeof hint === 'string' ? said(hint) : undefined;
  }

  /** What is wrong with one field of a form. */
  at(field: string): string | undefined {
    const faults = this.document['faults'] as { field: string; rule: string }[] | undefined;
    const fault = faults?.find((one) => one.field.split('.').at(-1) === field);
    // The validator's own beginning says nothing.
    if (fault) return said(fault.rule.replace(/^Value error, /, ''));
    return this.field?.split('.').at(-1) === field ? [this.message, this.hint].filter(Boolean).join(' ') : undefined;
  }

  /** Whether no answer came at all. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

/** Whatever was thrown, as a problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (typeof error === 'object' && error !== null) {
    const document = error as Record<string, unknown>;
    if (typeof document['status'] === 'number') return new Problem(document, document['status']);
  }
  return new Problem({ detail: error instanceof Error ? error.message : String(error), code: 'page' }, 500);
}
