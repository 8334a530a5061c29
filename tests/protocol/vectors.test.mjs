/** The vectors of docs/protocol-vectors/, reproduced by the example client's own code: what the Rust code says, byte for byte. */
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as automerge from '@automerge/automerge';
import { decode, encode } from 'cborg';

import * as client from './client.mjs';

const { hex } = client;
const read = (name) =>
  JSON.parse(readFileSync(new URL(`../../docs/protocol-vectors/${name}`, import.meta.url), 'utf8'));
const bytes = (text) => Buffer.from(text, 'hex');
const uuid = (text) => bytes(text.replaceAll('-', ''));
const dashed = (id) => hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

// What the example client has no use for.
const i64 = (value) => Buffer.from(BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0'), 'hex');
const u32 = (value) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex');
const sealWords = (document, at, person, heads, known) => {
  const sorted = [...heads].sort(Buffer.compare);
  if (!known) return client.tagged('ancu-seal-v1', document, i64(at), person, ...sorted);
  const decisions = known.d.flatMap(({ counter, actor }) => [i64(counter), bytes(actor)]);
  const lists = [u32(heads.length), ...sorted, u32(known.p.length), ...known.p.map(uuid), u32(known.d.length)];
  return client.tagged('ancu-seal-v2', document, i64(at), person, ...lists, ...decisions);
};

/** A derived id: UUIDv8 of the first 16 bytes of SHA-256 over a tag and ids. */
function derivedId(tag, ...ids) {
  const id = client.sha256(client.tagged(tag, ...ids)).subarray(0, 16);
  id[6] = (id[6] & 0x0f) | 0x80;
  id[8] = (id[8] & 0x3f) | 0x80;
  return id;
}

/** A message's value: `hex:` texts are byte strings. */
function value(json) {
  if (typeof json === 'string') return json.startsWith('hex:') ? bytes(json.slice(4)) : json;
  if (Array.isArray(json)) return json.map(value);
  if (json !== null && typeof json === 'object')
    return Object.fromEntries(Object.entries(json).map(([key, one]) => [key, value(one)]));
  return json;
}

/** The secret key of a seed: PKCS #8 (RFC 8410) is a fixed head and the seed. */
const secretOf = (seed) =>
  webcrypto.subtle.importKey(
    'pkcs8',
    Buffer.concat([bytes('302e020100300506032b657004220420'), bytes(seed)]),
    'Ed25519',
    false,
    ['sign'],
  );

async function signs({ seed, author, words, signature }, expected) {
  assert.equal(hex(expected), words);
  assert.equal(hex(await client.sign(await secretOf(seed), expected)), signature);
  await client.verify(bytes(author), bytes(signature), expected);
}

test('keys, actors and signed words', async () => {
  const { authors, enrolment, certificate, invitation } = read('keys.json');
  for (const { author, actors } of authors) {
    for (const { epoch, actor } of actors) assert.equal(hex(client.actorOf(bytes(author), epoch)), actor);
  }
  await signs(
    enrolment.proof,
    client.tagged('ancu-enrol-v1', bytes(enrolment.proof.author), Buffer.from(enrolment.grant)),
  );
  await signs(certificate.signed, client.tagged('ancu-certificate-v1', bytes(certificate.bytes)));
  await signs(invitation.signed, client.tagged('ancu-invitation-v1', bytes(invitation.bytes)));
  for (const body of [certificate, invitation])
    assert.deepEqual(decode(bytes(body.bytes)), decode(encode(value(body.value))));
  const identity = await client.certified(
    { identity: bytes(certificate.bytes), signature: bytes(certificate.signed.signature) },
    bytes(certificate.signed.author),
  );
  assert.equal(identity.person_name, certificate.value.person_name);
});

test('derived ids', () => {
  const { reviews, visits } = read('ids.json');
  for (const { subject, id } of reviews) assert.equal(dashed(derivedId('ancu-review-v1', uuid(subject))), id);
  for (const { facility, day, number, template, id } of visits) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(number);
    assert.equal(
      dashed(derivedId('ancu-visit-v1', uuid(facility), Buffer.from(day), count, Buffer.from(template))),
      id,
    );
  }
});

test('envelopes, and the changes in them', async () => {
  const { accepted, refused } = read('envelopes.json');
  let content = automerge.init();
  for (const sample of accepted) {
    const about = { document: uuid(sample.document), kind: sample.kind, unit: uuid(sample.unit), epoch: sample.epoch };
    const key = { author: bytes(sample.author), secret: await secretOf(sample.seed) };
    assert.equal(hex(client.actorOf(key.author, sample.epoch)), sample.actor);
    const changes = sample.changes.map((change) => bytes(change.bytes));
    const hashes = client.checkChanges(changes, bytes(sample.actor));
    assert.deepEqual(
      hashes.map(hex),
      sample.changes.map((change) => change.hash),
    );
    assert.equal(hex(client.envelopeWords({ ...about, author: key.author }, hashes)), sample.words);
    const made = await client.makeEnvelope(about, changes, key);
    assert.equal(hex(made), sample.envelope);
    assert.equal(hex(client.sha256(made)), sample.id);
    assert.equal(hex((await client.readEnvelope(bytes(sample.envelope))).signature), sample.signature);
    [content] = automerge.applyChanges(content, changes);
    for (const { puts } of sample.changes.slice(-1)) {
      for (const put of puts) assert.equal(String(content[put.key]), String(put.value), put.key);
    }
  }
  for (const { name, envelope } of refused) await assert.rejects(client.readEnvelope(bytes(envelope)), undefined, name);
});

test('changes that this Automerge writes are the same bytes', () => {
  const { accepted } = read('envelopes.json');
  let content = automerge.init();
  for (const { actor, changes } of accepted) {
    content = automerge.clone(content, { actor });
    for (const { puts, at, bytes: expected } of changes) {
      content = automerge.change(content, { time: at }, (record) => {
        for (const put of puts)
          record[put.key] = typeof put.value === 'string' ? new automerge.ImmutableString(put.value) : put.value;
      });
      assert.equal(hex(client.plainChange(automerge.getLastLocalChange(content))), expected);
    }
  }
});

test('seals', async () => {
  for (const { document, at, by, heads, known, words, key, register } of read('seals.json').seals) {
    await signs(words, sealWords(uuid(document), at, uuid(by), heads.map(bytes), known));
    assert.equal(key, `g/${hex(client.actorOf(bytes(words.author), 0))}`);
    const sorted = [...heads].sort();
    assert.equal(
      register,
      JSON.stringify({
        v: 1,
        heads: sorted,
        author: words.author,
        signature: words.signature,
        at,
        by,
        ...(known && { k: known }),
      }),
    );
  }
});

test('links', () => {
  const { links, refused } = read('links.json');
  for (const { text, server, fingerprint, grant } of links) {
    const link = client.parseLink(` ${text}\n`);
    assert.equal(link.server.origin, server);
    assert.equal(hex(link.fingerprint), fingerprint);
    assert.deepEqual(encode(link.grant), encode(value(grant)));
  }
  for (const { name, text } of refused) assert.throws(() => client.parseLink(text), undefined, name);
});

test('messages', () => {
  const messages = read('messages.json');
  assert.ok(messages.length >= 10);
  for (const { name, value: told, cbor } of messages) {
    assert.equal(hex(encode(value(told), { mapSorter: null })), cbor, name);
    assert.deepEqual(encode(decode(bytes(cbor))), encode(value(told)), name);
    assert.deepEqual(encode(client.unpack(client.pack(value(told)))), encode(value(told)), name);
  }
});

test('the tag of a context, by which an exchange with nothing new is one call', () => {
  const messages = new Map(read('messages.json').map((message) => [message.name, value(message.value)]));
  const said = encode({ ...messages.get('answer to context'), clock: 0 }, { mapSorter: null });
  assert.equal(hex(client.sha256(said)), hex(messages.get('POST pull').context));
});
