/**
 * PouchDB as a device and express-pouchdb as its server, each a process of its own on LevelDB, driven by `bench peers`:
 *
 *   pouchdb.mjs serve FOLDER              a server on a free port; prints `listening PORT`, ends with its standard input
 *   pouchdb.mjs fill FOLDER               puts the records of standard input, a JSON object a line, into the device's store
 *   pouchdb.mjs push FOLDER URL           replicates the device's store to the server
 *   pouchdb.mjs pull FOLDER URL           replicates the server's records into the device's store
 *
 * The last three print one line of JSON. Times are of the work alone, without the start of the process.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import PouchDB from 'pouchdb';

const [role, folder, url] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const Store = PouchDB.defaults({ prefix: join(folder, '/') });

async function serve() {
  const { default: express } = await import('express');
  const { default: routes } = await import('express-pouchdb');
  const app = express();
  // What replication needs and no more: no users, no administration pages.
  app.use('/', routes(Store, { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: join(folder, 'log.txt') }));
  const server = app.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
  process.stdin.resume().on('end', () => process.exit());
}

async function fill() {
  const store = new Store('records');
  let batch = [];
  const put = async () => {
    const outcomes = await store.bulkDocs(batch);
    const refused = outcomes.find((outcome) => outcome.error);
    if (refused) throw new Error(JSON.stringify(refused));
    batch = [];
  };
  for await (const line of createInterface({ input: process.stdin })) {
    batch.push(JSON.parse(line));
    if (batch.length === 200) await put();
  }
  await put();
  return { records: (await store.info()).doc_count };
}

async function replicate(direction) {
  const store = new Store('records');
  const remote = new PouchDB(url);
  // Both stores are there before the clock starts.
  await Promise.all([store.info(), remote.info()]);
  const begun = performance.now();
  const told = await store.replicate[direction](remote);
  const ms = performance.now() - begun;
  if (!told.ok || told.doc_write_failures > 0) throw new Error(JSON.stringify(told));
  return { ms, written: told.docs_written, records: (await store.info()).doc_count };
}

const jobs = { serve, fill, push: () => replicate('to'), pull: () => replicate('from') };
if (!(role in jobs) || !folder) throw new Error('pouchdb.mjs serve|fill|push|pull FOLDER [URL]');
const told = await jobs[role]();
if (told) {
  console.log(JSON.stringify(told));
  // Sockets that are kept alive would hold the process.
  process.exit();
}
