/**
 * The system's own programs for browser and window tests: a seeded server and device engines, each in a folder of its own.
 *
 * Nothing here sleeps: a start is awaited by reading the line that the program prints, an end by waiting for the process.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A built program: named by the environment, else the workspace's debug build. A missing one is a failure. */
export function program(variable, name) {
  const path = process.env[variable] ?? join(root, 'target/debug', name);
  try {
    accessSync(path);
  } catch {
    throw new Error(`${path} is not built: run \`cargo build --workspace\` first, or set ${variable}`);
  }
  return path;
}

/** The machine's Chromium or Chrome, else the one that `scripts/setup.sh test` fetched; says how to get one where there is none. */
export function chromium() {
  return execFileSync(join(root, 'scripts/chromium.sh'), ['path'], {
    encoding: 'utf8',
  }).trim();
}

/** A port that nothing listens on. */
export async function freePort() {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** Starts a program and waits for the first line on its standard output that matches; gives the match and the process. */
export async function startUntil(path, args, pattern, options = {}) {
  const process_ = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  const errors = [];
  process_.stderr.on('data', (data) => errors.push(data));
  if (options.log) process_.stderr.pipe(createWriteStream(options.log, { flags: 'a' }));
  for await (const line of createInterface({ input: process_.stdout })) {
    const match = pattern.exec(line);
    if (match) {
      process_.stdout.resume();
      return { process: process_, match };
    }
  }
  throw new Error(`${path} ended before it was ready:\n${Buffer.concat(errors).toString()}`);
}

async function run(path, args) {
  const process_ = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  process_.stdout.on('data', (data) => output.push(data));
  process_.stderr.on('data', (data) => output.push(data));
  const [status] = await once(process_, 'close');
  if (status !== 0)
    throw new Error(`${path} ${args.join(' ')} ended with ${status}:\n${Buffer.concat(output).toString()}`);
}

/** Ends a process for good; waits until it is gone. */
export async function kill(process_, signal = 'SIGKILL') {
  if (process_.exitCode !== null || process_.signalCode !== null) return;
  process_.kill(signal);
  await once(process_, 'close');
}

/** A real server with the demonstration's ward (its inspections' photos only where asked for: they take seconds), serving the console. */
export class Server {
  static async start({ photos = false } = {}) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), 'ancu-server-'));
    server.port = await freePort();
    server.url = `https://127.0.0.1:${server.port}`;
    const seed = ['--data', server.folder, 'seed', ...(photos ? [] : ['--without-photos']), '--public-url', server.url];
    await run(program('ANCU_SERVER_BIN', 'ancu-server'), seed);
    server.accounts = JSON.parse(await readFile(join(server.folder, 'demo-accounts.json'), 'utf8')).accounts;
    await server.up();
    return server;
  }

  /** Starts the process on its own port. */
  async up() {
    const args = ['--data', this.folder, 'serve', '--listen', `127.0.0.1:${this.port}`, '--public-url', this.url];
    args.push('--ui', join(root, 'app/ui/dist'), '--login-tries-per-minute', '10000');
    const log = join(this.folder, 'test.log');
    this.started = await startUntil(program('ANCU_SERVER_BIN', 'ancu-server'), args, /^listening /, { log });
    this.authority = await readFile(join(this.folder, 'tls/ca.pem'));
  }

  /** kill -9: as if the signal were gone. */
  async down() {
    await kill(this.started.process);
  }

  /** Ends it and removes its folder. */
  async end() {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A sub-command of the server's program on this data, whether the server runs or not: `server.cli('user', 'list')`. */
  async cli(...args) {
    await run(program('ANCU_SERVER_BIN', 'ancu-server'), ['--data', this.folder, ...args]);
  }

  account(username) {
    return this.accounts.find((account) => account.username === username);
  }

  /** A session at the JSON API: `await (await server.console('duyet1'))('GET', '/api/v1/me')`. */
  async console(username) {
    let cookie = '';
    const call = async (method, path, body) => {
      const answer = await ask(this, method, path, body, cookie);
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      cookie = answer.cookie ?? cookie;
      return answer.text === '' ? null : JSON.parse(answer.text);
    };
    call.bytes = async (path) => {
      const answer = await ask(this, 'GET', path, undefined, cookie);
      if (answer.status >= 400) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
      return answer.bytes;
    };
    await call('POST', '/api/v1/session', {
      username,
      password: this.account(username).password,
    });
    return call;
  }
}

/** One call of the JSON API as a page of ours makes it; a body is JSON, or bytes as they are. Any status is an answer. */
export function ask(server, method, path, body, cookie) {
  return new Promise((resolve, reject) => {
    const file = Buffer.isBuffer(body);
    const headers = { 'X-Requested-With': 'ancu', Cookie: cookie };
    if (body !== undefined) headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
    const asked = request(server.url + path, { method, headers, ca: server.authority }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          type: answer.headers['content-type']?.split(';')[0],
          bytes: Buffer.concat(parts),
          text: Buffer.concat(parts).toString(),
          cookie: answer.headers['set-cookie']?.[0].split(';')[0],
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body === undefined || file ? body : JSON.stringify(body));
  });
}

/** A device engine behind its bridge, for the field app in a browser. `url` opens the app; `command` calls the engine. */
export class Device {
  static async start(folder) {
    const device = new Device();
    device.folder = folder ?? (await mkdtemp(join(tmpdir(), 'ancu-device-')));
    device.own = folder === undefined;
    await device.up();
    return device;
  }

  async up() {
    const args = ['--data', join(this.folder, 'store'), 'bridge', '--ui', join(root, 'app/ui/dist')];
    this.started = await startUntil(program('ANCU_FIELD_BIN', 'ancu-field'), args, /(http:\/\/\S+[?&]bridge=(\S+))/);
    [, this.url, this.token] = this.started.match;
  }

  async down() {
    await kill(this.started.process);
  }

  async end() {
    await this.down();
    if (this.own) await rm(this.folder, { recursive: true, force: true });
  }

  async command(command) {
    const answer = await fetch(new URL('/command', this.url), {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${this.token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(command),
    });
    const value = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(JSON.stringify(value)), { problem: value });
    return value;
  }
}
