import { expect, test } from 'vitest';

import { covers, merged, type Other, Tab, ticked } from './tabs';

interface Words {
  text: string;
  count: number;
}

class Memory implements Storage {
  [name: string]: unknown;
  get length() {
    return Object.keys(this).length;
  }
  clear() {
    for (const name of Object.keys(this)) delete this[name];
  }
  getItem(name: string) {
    return Object.hasOwn(this, name) ? String(this[name]) : null;
  }
  key(index: number) {
    return Object.keys(this)[index] ?? null;
  }
  removeItem(name: string) {
    delete this[name];
  }
  setItem(name: string, value: string) {
    this[name] = value;
  }
}

const EMPTY: Words = { text: '', count: 1 };

function open(shared: Storage, own: Storage = new Memory()) {
  const seen = { text: '', others: [] as readonly Other<Words>[], own };
  const tab = new Tab<Words>({
    place: 'draft',
    empty: EMPTY,
    shared: () => shared,
    own: () => own,
    onWords: ({ text }) => (seen.text = text),
    onOthers: (others) => (seen.others = others),
  });
  tab.tell();
  const write = (text: string) => tab.write({ ...EMPTY, text });
  const others = () => seen.others.map(({ words }) => words.text);
  const settle = (choice: 'take' | 'keep') => tab.settle(seen.others[0] as Other<Words>, choice);
  return { tab, seen, write, others, settle, hear: () => tab.hear('draft'), reload: () => open(shared, own) };
}

/** Both wrote before either heard of the other. */
function parted() {
  const shared = new Memory();
  const [one, two] = [open(shared), open(shared)];
  one.write('甲甲');
  two.write('乙乙');
  one.hear();
  two.hear();
  return { shared, one, two };
}

test('a clock covers what it has seen, and forgets whoever wrote longest ago', () => {
  expect(covers({ a: 2, b: 1 }, { a: 2 })).toBe(true);
  expect(covers({ a: 1, b: 9 }, { a: 2 })).toBe(false);
  expect(merged({ a: 2 }, { a: 1, b: 3 })).toEqual({ a: 2, b: 3 });
  let clock = {};
  for (let tab = 0; tab < 100; tab += 1) clock = ticked(clock, `t${tab}`);
  expect(Object.keys(clock)).toHaveLength(64);
  expect(clock).toHaveProperty('t99', 1);
});

test('what one tab writes stands in the other, and nobody is asked', () => {
  const shared = new Memory();
  const [one, two] = [open(shared), open(shared)];
  one.write('甲甲');
  two.hear();
  expect(two.seen.text).toBe('甲甲');
  two.write('甲甲\n乙乙');
  one.hear();
  expect(one.tab.words.text).toBe('甲甲\n乙乙');
  expect([...one.others(), ...two.others()]).toEqual([]);
  expect(one.reload().tab.words.text).toBe('甲甲\n乙乙');
});

test('what both have written is kept, in the tabs, when they are loaded again, and when one is closed', () => {
  const { shared, one, two } = parted();
  expect([one.tab.words.text, two.tab.words.text]).toEqual(['甲甲', '乙乙']);
  expect([one.others(), two.others()]).toEqual([['乙乙'], ['甲甲']]);
  expect([one.reload().tab.words.text, two.reload().tab.words.text]).toEqual(['甲甲', '乙乙']);
  one.write('甲甲甲');
  two.write('乙乙乙');
  expect([one.reload().tab.words.text, two.reload().tab.words.text]).toEqual(['甲甲甲', '乙乙乙']);
  const next = open(shared);
  expect(new Set([next.tab.words.text, ...next.others()])).toEqual(new Set(['甲甲甲', '乙乙乙']));
});

test.each(['one', 'two'] as const)('whatever tab %s decides holds in both, and can be taken back', (name) => {
  for (const choice of ['take', 'keep'] as const) {
    const { one, two } = parted();
    const [mine, other] = name === 'one' ? [one, two] : [two, one];
    const before = mine.tab.words.text;
    const chosen = choice === 'take' ? other.tab.words.text : before;
    const undo = mine.settle(choice);
    other.hear();
    expect([mine.tab.words.text, other.tab.words.text]).toEqual([chosen, chosen]);
    expect([...mine.others(), ...other.others()]).toEqual([]);
    undo();
    other.hear();
    expect(mine.tab.words.text).toBe(before);
    expect(new Set([mine.tab.words.text, ...mine.others()])).toEqual(new Set(['甲甲', '乙乙']));
    expect(mine.reload().tab.words.text).toBe(before);
  }
});

test('who writes on while another decides loses nothing', () => {
  const { one, two } = parted();
  one.settle('keep');
  two.write('乙乙丙');
  two.hear();
  one.hear();
  expect([one.tab.words.text, two.tab.words.text]).toEqual(['甲甲', '乙乙丙']);
  expect([one.others(), two.others()]).toEqual([['乙乙丙'], ['甲甲']]);
});

test('three that wrote at once are all kept', () => {
  const shared = new Memory();
  const tabs = [open(shared), open(shared), open(shared)] as const;
  for (const [place, tab] of tabs.entries()) tab.write(`${place}`);
  for (const tab of tabs) tab.hear();
  expect(tabs.map(({ tab }) => tab.words.text)).toEqual(['0', '1', '2']);
  tabs[0].settle('keep');
  for (const tab of tabs) tab.hear();
  expect(tabs[1].others().length + tabs[2].others().length).toBeGreaterThan(0);
});

test('the same words written twice are one, and storage that was cleared is written again', () => {
  const shared = new Memory();
  const [one, two] = [open(shared), open(shared)];
  one.write('甲');
  two.write('甲');
  one.hear();
  expect([...one.others(), ...two.others()]).toEqual([]);
  shared.clear();
  one.hear();
  one.write('甲乙');
  expect(open(shared).tab.words.text).toBe('甲乙');
});

test('what was written apart and is now the same is kept once', () => {
  const { shared, one, two } = parted();
  const apart = () => Object.keys(shared).filter((key) => key !== 'draft');
  expect(apart()).toHaveLength(1);
  one.write('丙');
  two.write('丙');
  for (const tab of [one, two, one, two]) tab.hear();
  expect(apart()).toEqual([]);
  two.write('丙丁');
  one.hear();
  expect([one.tab.words.text, two.tab.words.text]).toEqual(['丙丁', '丙丁']);
});

test('a browser that keeps nothing shows what is written', () => {
  const refuse = () => {
    throw new DOMException('refused', 'SecurityError');
  };
  const tab = new Tab<Words>({ place: 'draft', empty: EMPTY, shared: refuse, own: refuse, onWords: () => {}, onOthers: () => {} });
  tab.write({ ...EMPTY, text: '甲' });
  tab.hear(null);
  expect(tab.words.text).toBe('甲');
});
