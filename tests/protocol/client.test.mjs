/** The example client against a real server: what docs/protocol.md says is enough to take part in the exchange. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Server } from '../harness/system.mjs';
import { Client, hex } from './client.mjs';

const facility = (client, id) => client.records.get(id).content;

test(
  'a client in another language enrols, pulls, edits, pushes, and sees its change come back',
  { timeout: 120_000 },
  async (t) => {
    const server = await Server.start();
    t.after(() => server.end());
    const clients = [];
    const enrol = async (username) => {
      const client = await Client.enrol(server.account(username).link, `Máy thử của ${username}`);
      clients.push(client);
      assert.equal(client.identity.person_name, server.account(username).name);
      return client;
    };
    t.after(() => clients.forEach((client) => client.agent.destroy()));

    const [first, second] = [await enrol('canbo1'), await enrol('canbo2')];
    await first.pull();
    await second.pull();
    const premises = [...first.records].filter(([, { kind }]) => kind === 'facility');
    assert.ok(premises.length >= 60, `${premises.length} premises`);
    const [id, record] = premises[0];

    // Long enough that Automerge deflates it, and decomposed as some keyboards write it.
    const note = 'Cửa thoát nạn khóa bằng ổ khóa ngoài, không có chìa để trong. '.repeat(12);
    const sent = await first.edit(record, { 'h/note': note.normalize('NFD'), 'h/storeys': 7 });
    assert.deepEqual((await first.push()).get(hex(sent)), { verdict: 'accepted' });
    assert.equal(first.outbox.length, 0, 'a receipt frees the outbox');

    const [own, ...others] = await first.pull();
    assert.deepEqual(others, []);
    assert.equal(hex(own.id), hex(sent), 'the feed holds the very bytes that were pushed');
    assert.deepEqual(await first.pull(), [], 'nothing new comes twice');

    // A colleague sees it, says something else on top, and both stand alike.
    await second.pull();
    assert.equal(String(facility(second, id)['h/note']), note.normalize('NFC'));
    await second.edit(second.records.get(id), { 'h/note': null });
    const verdicts = [...(await second.push()).values()];
    assert.deepEqual(verdicts, [{ verdict: 'accepted' }]);
    await first.pull();
    assert.equal(facility(first, id)['h/note'], null);
    assert.equal(facility(first, id)['h/storeys'], 7);

    // Nobody's word is enough: the same content under a stranger's signature is kept apart.
    const forged = await first.edit(record, { 'h/note': 'Ai đó khác.' });
    first.outbox[0][first.outbox[0].length - 1] ^= 1;
    const [[, refused]] = await first.push();
    assert.equal(refused.verdict, 'quarantined');
    assert.equal(refused.code, 'signature_invalid');
    assert.notEqual(hex(forged), '');
    assert.equal(first.outbox.length, 1, 'what has no receipt stays');
  },
);

test('a link of another server: nothing is sent', { timeout: 120_000 }, async (t) => {
  const server = await Server.start();
  t.after(() => server.end());
  const link = server.account('canbo1').link.replace(/&f=[^&]+/, `&f=${Buffer.alloc(32, 7).toString('base64url')}`);
  await assert.rejects(Client.enrol(link, 'Máy thử'), /certificate_foreign/);
  // The code is still good: it was never told.
  const client = await Client.enrol(server.account('canbo1').link, 'Máy thử');
  client.agent.destroy();
});
