/**
 * The app's real window under WebDriver, by plain fetch: tauri-driver before WebKit's own driver.
 *
 * Waiting is the driver's: an element is looked for until it is there or the implicit time is over.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open as openFile, readdir, readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import { shrink } from '../../app/ui/e2e/png.mjs';
import { freePort, kill, program } from '../harness/system.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const PATIENCE_MS = 30_000;
const RESULTS = new URL('../../test-results/', import.meta.url);

/** Waits until something listens on a port: connections are tried one after the other until one stands. */
async function listening(port, driver) {
  for (;;) {
    if (driver.exitCode !== null || driver.signalCode !== null) throw new Error('tauri-driver ended');
    const socket = connect(port, '127.0.0.1');
    const stands = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (stands) return;
  }
}

/** A running app with its driver. */
export class Window {
  /** Opens the app on a data folder. `home` keeps WebKit's own caches. */
  static async open(folder, home) {
    const window = new Window();
    window.folder = folder;
    window.app = program('ANCU_APP_BIN', 'ancu');
    const [port, native] = [await freePort(), await freePort()];
    const driver = program('ANCU_TAURI_DRIVER', '../tools/bin/tauri-driver');
    // Into a file, not into ours: the test runner waits for whoever holds its own output, a window that outlives us too.
    await mkdir(RESULTS, { recursive: true });
    const log = await openFile(new URL('window.log', RESULTS), 'a');
    window.driver = spawn(driver, ['--port', `${port}`, '--native-port', `${native}`], {
      env: { ...process.env, ANCU_DATA_DIR: folder, HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    await log.close();
    window.base = `http://127.0.0.1:${port}`;
    try {
      // Both: tauri-driver passes on to WebKit's driver, which it started a moment before.
      await listening(port, window.driver);
      await listening(native, window.driver);
      const session = await window.ask('POST', '/session', {
        capabilities: { alwaysMatch: { 'tauri:options': { application: window.app } } },
      });
      window.session = session.sessionId;
      await window.call('POST', '/timeouts', { implicit: PATIENCE_MS, script: PATIENCE_MS, pageLoad: PATIENCE_MS });
      return window;
    } catch (error) {
      await window.close();
      throw error;
    }
  }

  async ask(method, path, body) {
    const answer = await fetch(this.base + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}\n${JSON.stringify(body)}`);
    return value;
  }

  call(method, path, body) {
    return this.ask(method, `/session/${this.session}${path}`, body);
  }

  /** An element by CSS selector or, if it begins with a slash, XPath. */
  async find(selector) {
    const using = selector.startsWith('/') ? 'xpath' : 'css selector';
    try {
      return (await this.call('POST', '/element', { using, value: selector }))[ELEMENT];
    } catch (error) {
      await this.screenshot('failed').catch(() => undefined);
      throw error;
    }
  }

  async click(selector) {
    const element = await this.find(selector);
    // As a finger does: what lies outside the view is scrolled to first.
    await this.script('arguments[0].scrollIntoView({ block: "center" })', { [ELEMENT]: element });
    await this.call('POST', `/element/${element}/click`, {});
  }

  /** A button or link with these words. */
  press(words) {
    return this.click(
      `//*[self::button or self::a or self::summary or @role='tab' or @role='radio'][contains(normalize-space(.), "${words}")]`,
    );
  }

  async type(selector, text) {
    const element = await this.find(selector);
    await this.call('POST', `/element/${element}/clear`, {});
    await this.call('POST', `/element/${element}/value`, { text });
  }

  /** Hands a file to a file input. */
  async attach(selector, path) {
    const element = await this.find(selector);
    await this.call('POST', `/element/${element}/value`, { text: path });
  }

  /** Waits until words stand in the page. */
  sees(words) {
    return this.find(`//*[contains(normalize-space(.), "${words}") and not(self::script)]`);
  }

  async text(selector) {
    return this.call('GET', `/element/${await this.find(selector)}/text`);
  }

  script(script, ...args) {
    return this.call('POST', '/execute/sync', { script, args });
  }

  /** A command of the engine, as the page itself calls it. */
  async engine(command) {
    const script = `const done = arguments[arguments.length - 1];
      window.__TAURI_INTERNALS__.invoke('engine', { command: arguments[0] }).then((value) => done({ value }), (problem) => done({ problem }));`;
    const answer = await this.call('POST', '/execute/async', { script, args: [command] });
    if (answer.problem) throw new Error(JSON.stringify(answer.problem));
    return answer.value;
  }

  async screenshot(name) {
    // Letters and the last frame are there before the picture is taken.
    await this.call('POST', '/execute/async', {
      script: `const done = arguments[0];
        document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(null))));`,
      args: [],
    });
    const folder = new URL('../../docs/screenshots/window/', import.meta.url);
    await mkdir(folder, { recursive: true });
    const target = name === 'failed' ? RESULTS : folder;
    await mkdir(target, { recursive: true });
    await writeFile(
      new URL(`${name}.png`, target),
      shrink(Buffer.from(await this.call('GET', '/screenshot'), 'base64')),
    );
  }

  /** The app's process: the one program of ours that was given this data folder. */
  async pid() {
    const app = await realpath(this.app);
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const folder = join('/proc', entry);
      try {
        if ((await readlink(join(folder, 'exe'))) !== app) continue;
        if ((await readFile(join(folder, 'environ'), 'utf8')).includes(`ANCU_DATA_DIR=${this.folder}`))
          return Number(entry);
      } catch {
        continue; // ended meanwhile, or somebody else's
      }
    }
    throw new Error('the app does not run');
  }

  /** kill -9 of the app, in the middle of whatever it does; then of its driver, which has lost it. */
  async killApp() {
    process.kill(await this.pid(), 'SIGKILL');
    await this.close();
  }

  /** Ends the app, the driver and all that it started, whatever state they are in. */
  async close() {
    await this.pid()
      .then((app) => process.kill(app, 'SIGKILL'))
      .catch(() => undefined); // it has ended
    if (this.driver.exitCode !== null || this.driver.signalCode !== null) return;
    process.kill(-this.driver.pid, 'SIGKILL');
    await once(this.driver, 'close');
  }

  /** Closes the window in peace. WebKit's driver may end before the app has: who closes after it finds what is left. */
  async quit() {
    await this.ask('DELETE', `/session/${this.session}`).catch(() => undefined);
    await kill(this.driver, 'SIGTERM');
    await this.close();
  }
}
