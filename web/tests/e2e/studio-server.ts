import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { APIRequestContext, BrowserContext } from '@playwright/test';

import { expect } from './studio';

const ROOT = join(import.meta.dirname, '../../..');
const PYTHON = process.env.STUDIO_PYTHON ?? join(ROOT, '.venv/bin/python');
const PASSWORD = 'plum lantern over quiet harbour';

type Cookies = Awaited<ReturnType<APIRequestContext['storageState']>>['cookies'];

/** A server of one test file alone, so that it can be killed, and the fake provider that its keys point to. */
export class OwnStudio {
  readonly #folder = mkdtempSync(join(tmpdir(), 'studio-'));
  #server: ChildProcess | undefined;
  #log = '';
  #upstream: ChildProcess | undefined;
  #cookies: Cookies | undefined;
  url = '';
  openai = process.env.STUDIO_OPENAI ?? '';
  token = '';

  async start(environment: Record<string, string> = {}): Promise<void> {
    if (!this.openai) await this.#startUpstream();
    if (!this.url) this.url = `http://127.0.0.1:${await freePort()}`;
    this.#server = spawn(PYTHON, ['-m', 'imageloom.doors.cli.main', 'serve'], {
      cwd: this.#folder,
      env: {
        ...process.env,
        IMAGELOOM_DATA_DIR: this.#folder,
        IMAGELOOM_SERVER__PORT: new URL(this.url).port,
        IMAGELOOM_GENERATION__BACKOFF_SECONDS: '0.1',
        IMAGELOOM_ENGINE__POLL_SECONDS: '0.2',
        ...environment,
      },
    });
    const keep = (piece: Buffer) => (this.#log += piece.toString());
    this.#server.stdout?.on('data', keep);
    this.#server.stderr?.on('data', keep);
    await until(async () => (await fetch(`${this.url}/api/health`)).ok, () => this.#log);
    const place = join(this.#folder, 'run/server.json');
    await until(async () => existsSync(place), () => this.#log);
    this.token = (JSON.parse(readFileSync(place, 'utf8')) as { token: string }).token;
  }

  /** The link that the first start prints, which makes the owner. */
  async setupLink(): Promise<string> {
    await until(async () => /setup#token=\S+/.test(this.#log), () => this.#log);
    return `${this.url}/setup#token=${/setup#token=(\S+)/.exec(this.#log)?.[1] ?? ''}`;
  }

  /** The link of a kind that stands in the newest letter: in development the log shows letters. */
  async letterLink(kind: string): Promise<string> {
    const links = new RegExp(`/${kind}(#token=[\\w-]+)`, 'g');
    await until(async () => this.#log.search(links) >= 0, () => this.#log);
    return `${this.url}/${kind}${[...this.#log.matchAll(links)].at(-1)?.[1] ?? ''}`;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    await this.kill();
    this.#upstream?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The owner, signed in with a session's cookie in this browser. */
  async signIn(context: BrowserContext, request: APIRequestContext): Promise<void> {
    this.#cookies ??= await this.#setUp(request);
    await context.addCookies(this.#cookies);
    const word = this.#cookies.find(({ name }) => name === 'imageloom_csrf')?.value ?? '';
    await context.setExtraHTTPHeaders({ 'X-CSRF-Token': word });
  }

  async #setUp(request: APIRequestContext): Promise<Cookies> {
    const token = (await this.setupLink()).split('token=').at(-1);
    const data = { token, name: 'Owner', email: 'owner@example.com', password: PASSWORD };
    const answer = await request.post(`${this.url}/api/auth/setup`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await request.storageState()).cookies;
  }

  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' };
    const answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  async addKey(limits: Record<string, number> = {}): Promise<void> {
    await this.call('POST', '/api/keys', { provider: 'openai', key: 'sk-test-of-the-page', base_url: this.openai, limits });
  }

  /** Submits a batch; returns its id. */
  async submit(prompts: string[], plan: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<string> {
    const whole = { models: ['openai/gpt-image-2'], sizes: ['1024x1024'], qualities: ['low'], ...plan };
    return (await this.call<{ id: string }>('POST', '/api/batches', { prompts, plan: whole, ...more })).id;
  }

  async #startUpstream(): Promise<void> {
    const port = await freePort();
    this.#upstream = spawn(PYTHON, ['-m', 'tools.upstream', '--port', String(port)], { cwd: ROOT });
    this.openai = `http://127.0.0.1:${port}/v1`;
    await until(async () => (await fetch(`http://127.0.0.1:${port}/control/account`)).ok, () => 'the fake provider does not answer');
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function until(isSo: () => Promise<boolean>, told: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(told().slice(-3_000));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
