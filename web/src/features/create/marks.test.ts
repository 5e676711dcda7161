import { expect, it } from 'vitest';

import { countsByLine, problemsByLine } from './components/prompt-sheet';
import { factsOf } from './components/preview-dialog';
import { filled } from './template';

const problem = (row: number, detail: string, hint: string | null = null) => ({ row, rule: 'r', field: 'prompt', detail, hint, cells: 1 });

it('what the server says of a row stands at its line, past the empty ones', () => {
  const found = problemsByLine('a\n\nb {\nc', [problem(2, 'Open.', 'Close it.'), problem(2, 'Long.'), problem(9, 'Nowhere.')]);
  expect([...found]).toEqual([[2, 'Open. Close it.\nLong.']]);
});

it('columns are filled in, and what is no column stays as it is', () => {
  expect(filled('{{ animal }} by {{place}} {{gone}}', { animal: 'heron', place: 'a lake' })).toBe('heron by a lake {{gone}}');
});

it('a picture is told in few words', () => {
  expect(factsOf({ width: 1024, height: 768, seed: 7, quality: null })).toEqual(['1024×768', 'seed 7']);
});

it('says what each line comes to, once one comes to several', () => {
  expect(countsByLine('a\n\nb', [1, 1])).toEqual(new Map());
  expect(countsByLine('a\n\n{b|c}\nd', [1, 2, 0])).toEqual(
    new Map([
      [0, '×1'],
      [2, '×2'],
    ]),
  );
});
