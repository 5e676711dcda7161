import { beforeEach, describe, expect, it } from 'vitest';

import { langOf, learn, said } from './said';

const WORDS = {
  'Paused by a person.': '由人員暫停。',
  'Sign in first.': '請先登入。',
  '{failed} of {over} items failed, which is over the failure budget of {budget} %.': '{over} 項中有 {failed} 項失敗，超過失敗上限 {budget} %。',
  'Did you mean {near}?': '是不是 {near}？',
  'There is no model {name}.': '沒有 {name} 這個模型。',
  'Out of budget: {named} does not cover the next picture, which may cost {cost}.': '預算用盡：{named}不足以支付下一張圖片，它可能要 {cost}。',
  'the cap of the {what}, {amount} {word},': '{what}的上限（{word} {amount}）',
  '{what} allows no picture of unknown price.': '{what}不允許價格不明的圖片。',
  '{why} It may have been made and paid.': '{why} 可能已經製作並付費。',
  'The process ended while the request was on its way.': '請求送出途中，行程結束了。',
  'HTTP {status}, and {why}. The picture may have been made and paid.': 'HTTP {status}，而且{why}。圖片可能已經製作並付費。',
  'the answer is no JSON': '回應不是 JSON',
  'No connection to {host}': '無法連線到 {host}',
  '{name} is an owner of the team.': '{name} 是團隊的擁有者。',
  'must be like name@example.com': '格式須如 name@example.com',
  'A field has a name and a value.': '欄位有名稱與值。',
  'Give it one: ${{node}:a value}.': '給它一個值：${{node}:a value}。',
  'It has {qualities}.': '它有 {qualities}。',
  'Row {row}: {detail}': '第 {row} 列：{detail}',
  'At {where}: {detail}': '在{where}：{detail}',
  'character {at}': '第 {at} 個字元',
  'this brace is not closed.': '這個大括號沒有結尾。',
  'No answer ({error}).': '沒有回應（{error}）。',
  or: '或',
  batch: '批次',
  'in all': '總共',
};

beforeEach(() => learn(WORDS));

describe('what the server said', () => {
  it.each([
    ['Paused by a person.', '由人員暫停。'],
    ['11 of 20 items failed, which is over the failure budget of 50 %.', '20 項中有 11 項失敗，超過失敗上限 50 %。'],
    ["There is no model 'a b'. Did you mean fal/a or fal/b?", "沒有 'a b' 這個模型。是不是 fal/a 或 fal/b？"],
    ['Out of budget: the cap of the batch, USD 5 in all, does not cover the next picture, which may cost USD 0.04.', '預算用盡：批次的上限（總共 USD 5）不足以支付下一張圖片，它可能要 USD 0.04。'],
    ['The cap of the batch, USD 5 in all, allows no picture of unknown price.', '批次的上限（總共 USD 5）不允許價格不明的圖片。'],
    ['The process ended while the request was on its way. It may have been made and paid.', '請求送出途中，行程結束了。可能已經製作並付費。'],
    ['HTTP 500, and the answer is no JSON. The picture may have been made and paid.', 'HTTP 500，而且回應不是 JSON。圖片可能已經製作並付費。'],
    ['No connection to api.example.com:443.', '無法連線到 api.example.com:443。'],
    ["Row 3: There is no model 'x'.", "第 3 列：沒有 'x' 這個模型。"],
    ['Row 2: At character 3: this brace is not closed.', '第 2 列：在第 3 個字元：這個大括號沒有結尾。'],
    ['No answer (No connection to x.example.).', '沒有回應（無法連線到 x.example）。'],
    ['the answer is no JSON: odd', '回應不是 JSON：odd'],
    ['body.email: must be like name@example.com', 'body.email: 格式須如 name@example.com'],
    ['Give it one: ${colour:a value}.', '給它一個值：${colour:a value}。'],
  ])('is %s in another language', (english, words) => {
    expect(said(english)).toBe(words);
    expect(langOf(said(english))).toBeUndefined();
  });

  it('stays as it came where nobody knows it, and says in what language', () => {
    expect(said('The provider says: no.')).toBe('The provider says: no.');
    expect(langOf('The provider says: no.')).toBe('en');
    expect(said('Odd one. Sign in first. Odd two.')).toBe('Odd one. 請先登入。Odd two.');
    expect(said('')).toBe('');
    expect(said(null)).toBeUndefined();
  });

  it('keeps names as they are, whatever they read like', () => {
    expect(said('Paused by a person. is an owner of the team.')).toBe('Paused by a person. 是團隊的擁有者。');
    expect(said('batch is an owner of the team.')).toBe('batch 是團隊的擁有者。');
    expect(said("There is no model '$& $1 {name}'.")).toBe("沒有 '$& $1 {name}' 這個模型。");
  });

  it('loses nothing of a long or strange text', () => {
    for (const text of ['a'.repeat(10_000), 'constructor', '__proto__', '. . . .', '?! ?', ` ${'x. '.repeat(300)}`]) expect(said(text)).toBe(text);
  });

  it('is English again when the page is', () => {
    learn({});
    expect(said('Sign in first.')).toBe('Sign in first.');
    expect(langOf('Sign in first.')).toBeUndefined();
  });
});

describe('the words of every language', () => {
  const files = import.meta.glob<Record<string, string>>('../app/said/*.json', { eager: true, import: 'default' });
  const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

  it.each(Object.keys(files))('%s have the gaps of their sentences, and no more', (path) => {
    const words = Object.entries(files[path] ?? {});
    expect(words.length).toBeGreaterThan(500);
    for (const [key, translation] of words) expect(gaps(translation), key).toEqual(gaps(key));
  });

  it.each(Object.keys(files))('%s are found again for what they say', (path) => {
    const words = files[path] ?? {};
    learn(words);
    for (const key of Object.keys(words)) {
      const filled = key.replaceAll(/\{(\w+)\}/g, (_, name: string) => (/^word\d*$/.test(name) ? 'a day' : `<${name}>`));
      expect(said(filled), key).not.toBe(filled);
    }
  });
});
