import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Heard, Hub, type Source } from './sse-hub';

class Fake implements Source {
  readyState = 0;
  readonly named = new Map<string, (event: MessageEvent<string>) => void>();
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void {
    this.named.set(name, listener);
  }
  say(name: string, data: string): void {
    this.named.get(name)?.(new MessageEvent(name, { data }));
  }
  break(isRefused: boolean): void {
    this.readyState = isRefused ? 2 : 0;
    this.say('error', '');
  }
  close(): void {
    this.readyState = 2;
  }
}

let opened: Fake[];
let hub: Hub;

beforeEach(() => {
  vi.useFakeTimers();
  opened = [];
  hub = new Hub(() => {
    const source = new Fake();
    opened.push(source);
    return source;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function listen(url = '/a'): { heard: Heard[]; leave: () => void } {
  const heard: Heard[] = [];
  return { heard, leave: hub.follow(url, (one) => heard.push(one)) };
}

it('opens one connection for many, and tells a later one what is', () => {
  const first = listen();
  opened[0]?.say('snapshot', '1');
  opened[0]?.say('delta', '2');
  const second = listen();
  opened[0]?.say('delta', '3');
  expect(opened).toHaveLength(1);
  expect(first.heard.map((one) => one.kind)).toEqual(['snapshot', 'delta', 'delta']);
  expect(second.heard).toEqual([
    { kind: 'snapshot', data: '2' },
    { kind: 'delta', data: '3' },
  ]);
});

it('closes with the last who listens', () => {
  const [first, second] = [listen(), listen()];
  first.leave();
  expect(opened[0]?.readyState).toBe(0);
  second.leave();
  expect(opened[0]?.readyState).toBe(2);
  expect(hub.size).toBe(0);
});

it('comes back after a refusal, later each time, and leaves the rest to the browser', () => {
  const { heard } = listen();
  opened[0]?.break(false);
  vi.advanceTimersByTime(60_000);
  expect(opened).toHaveLength(1);
  opened[0]?.break(true);
  vi.advanceTimersByTime(1_000);
  expect(opened).toHaveLength(2);
  opened[1]?.break(true);
  vi.advanceTimersByTime(1_999);
  expect(opened).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(opened).toHaveLength(3);
  expect(heard.map((one) => one.kind)).toEqual(['lost', 'lost', 'lost']);
});

it('ends with the stream, and begins anew for whoever comes then', () => {
  listen();
  opened[0]?.say('end', '{}');
  expect(hub.size).toBe(0);
  listen();
  expect(opened).toHaveLength(2);
});
