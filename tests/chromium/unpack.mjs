/**
 * Unpacks the Chromium of this folder's npm package: `node tests/chromium/unpack.mjs FOLDER` makes FOLDER/chromium.
 *
 * For a machine whose package archive holds none (Ubuntu's has a snap only); `scripts/chromium.sh` calls it.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node tests/chromium/unpack.mjs FOLDER');
const packed = fileURLToPath(new URL('node_modules/@sparticuz/chromium/bin/', import.meta.url));

const unpack = (name, to, mode) =>
  pipeline(createReadStream(join(packed, name)), createBrotliDecompress(), createWriteStream(to, { mode }));

await mkdir(folder, { recursive: true });
const libraries = join(folder, 'swiftshader.tar');
await unpack('swiftshader.tar.br', libraries, 0o644);
const tar = spawnSync('tar', ['-xf', libraries, '-C', folder, '--no-same-owner'], { stdio: 'inherit' });
if (tar.status !== 0) throw new Error(`tar could not unpack ${libraries}`);
await rm(libraries);
// Under its own name only when whole: a cut leaves nothing that looks like a browser.
await unpack('chromium.br', join(folder, 'chromium.part'), 0o755);
await rename(join(folder, 'chromium.part'), join(folder, 'chromium'));
