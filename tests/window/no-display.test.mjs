/** The app where there is no display: a sentence in both languages and status 1, no panic. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { program } from '../harness/system.mjs';

test('without a display the app says what to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ancu-no-display-'));
  const { DISPLAY, WAYLAND_DISPLAY, ...plain } = process.env;
  // None at all, and one that nobody serves.
  for (const display of [{}, { DISPLAY: ':32767', GDK_BACKEND: 'x11' }]) {
    const env = {
      ...plain,
      ...display,
      ANCU_DATA_DIR: folder,
      RUST_BACKTRACE: '1',
    };
    const { status, stdout, stderr } = spawnSync(program('ANCU_APP_BIN', 'ancu'), [], {
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(status, 1, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /An Cư không mở được cửa sổ/);
    assert.match(stderr, /cannot open its window/);
    assert.match(stderr, /ancu-field --help/);
    assert.doesNotMatch(stderr, /panicked|backtrace/i);
  }
  assert.deepEqual(await readdir(folder), [], 'nothing was written');
  await rm(folder, { recursive: true });
});
