/**
 * A client of the exchange in another language, written from docs/protocol.md: it enrols with a link, pulls, edits, pushes.
 *
 * It keeps everything in memory. A real device stores an envelope before it sends it, and frees nothing without a receipt.
 */
import { createHash, webcrypto } from 'node:crypto';
import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { inflateRawSync } from 'node:zlib';

import * as automerge from '@automerge/automerge';
import { Zstd } from '@hpcc-js/wasm-zstd';
import { decode, encode } from 'cborg';

const zstd = await Zstd.load();
const { subtle } = webcrypto;
export const MEDIA_TYPE = 'application/vnd.ancu.sync+cbor+zstd';
const [MAX_BODY_BYTES, MAX_CHANGE_BYTES] = [16 * 1024 * 1024, 64 * 1024];

const text = (value) => Buffer.from(value, 'utf8');
const u32 = (value) => Buffer.from([24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff));
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

export const pack = (message) => zstd.compress(encode(message));

export function unpack(body) {
  zstd.reset();
  return decode(zstd.decompressChunk(body, MAX_BODY_BYTES));
}

export const sign = async (secret, bytes) => Buffer.from(await subtle.sign('Ed25519', secret, bytes));

export async function verify(author, signature, bytes) {
  const key = await subtle.importKey('raw', author, 'Ed25519', false, ['verify']);
  if (!(await subtle.verify('Ed25519', key, signature, bytes))) throw new Error('a signature does not hold');
}

/** What is signed or hashed: a tag of its own, and content. */
export const tagged = (tag, ...parts) => Buffer.concat([text(tag), ...parts]);
export const actorOf = (author, epoch) => sha256(tagged('ancu-actor-v1', author, u32(epoch))).subarray(0, 16);
export const envelopeWords = ({ document, kind, unit, author, epoch }, hashes) =>
  tagged(
    'ancu-envelope-v1',
    document,
    Buffer.of(kind.length),
    text(kind),
    unit,
    author,
    u32(epoch),
    u32(hashes.length),
    ...hashes,
  );

export async function certified(certificate, server) {
  await verify(server, certificate.signature, tagged('ancu-certificate-v1', certificate.identity));
  return decode(certificate.identity);
}

/** A change as it travels: uncompressed. Automerge deflates long ones; their checksum is that of the plain form already. */
export function plainChange(chunk) {
  if (chunk[8] !== 2) return Buffer.from(chunk);
  let start = 9;
  while (chunk[start] & 0x80) start += 1;
  const content = inflateRawSync(chunk.subarray(start + 1), { maxOutputLength: MAX_CHANGE_BYTES });
  const leb = (whole) => (whole > 0x7f ? [(whole & 0x7f) | 0x80, ...leb(whole >>> 7)] : [whole]);
  return Buffer.concat([chunk.subarray(0, 8), Buffer.of(1, ...leb(content.length)), content]);
}

/** The hashes of an author's run of changes: plain chunks that follow each other and only put and delete scalars at root keys. */
export function checkChanges(changes, actor) {
  const flat = ({ obj, action, insert }) => obj === '_root' && !insert && (action === 'set' || action === 'del');
  let last;
  return changes.map((chunk) => {
    const hash = sha256(chunk.subarray(8));
    const framed = chunk.length <= MAX_CHANGE_BYTES && hex(chunk.subarray(0, 4)) === '856f4a83' && chunk[8] === 1;
    if (!framed || Buffer.compare(hash.subarray(0, 4), chunk.subarray(4, 8)) !== 0)
      throw new Error('not a plain change');
    const { actor: by, seq, ops } = automerge.decodeChange(chunk);
    if (by !== hex(actor) || !ops.every(flat) || seq !== (last ?? seq - 1) + 1)
      throw new Error('not a change of this envelope');
    last = seq;
    return hash;
  });
}

export async function makeEnvelope({ document, kind, unit, epoch = 0 }, changes, { author, secret }) {
  const about = { v: 1, document, kind, unit, author, epoch };
  const hashes = checkChanges(changes, actorOf(author, epoch));
  // One envelope, one spelling: the keys stand in the order of the document, not sorted.
  return encode(
    { ...about, changes, signature: await sign(secret, envelopeWords(about, hashes)) },
    { mapSorter: null },
  );
}

/** Reads an envelope and believes it only if its signature covers exactly these changes. */
export async function readEnvelope(bytes) {
  const envelope = decode(bytes);
  if (envelope.v !== 1 || envelope.changes.length < 1 || envelope.changes.length > 256)
    throw new Error('not an envelope');
  const hashes = checkChanges(envelope.changes, actorOf(envelope.author, envelope.epoch));
  await verify(envelope.author, envelope.signature, envelopeWords(envelope, hashes));
  return envelope;
}

export function parseLink(link) {
  const [start, query] = link.trim().split('?', 2);
  const pairs = (query ?? '').split('&').map((pair) => pair.split('=', 2));
  const { s, f, c, i } = Object.fromEntries(pairs);
  const once = ['s', 'f', 'c', 'i'].every((name) => pairs.filter(([known]) => known === name).length <= 1);
  const fingerprint = Buffer.from(f ?? '', 'base64url');
  const known = start === 'ancu://enrol' && /^https:\/\/[A-Za-z0-9.:[\]-]+$/.test(s) && fingerprint.length === 32;
  if (link.length > 2048 || !once || !known || (c === undefined) === (i === undefined)) throw new Error('link_invalid');
  const grant = c
    ? { grant: 'code', code: c }
    : { grant: 'invitation', invitation: decode(Buffer.from(i, 'base64url')) };
  return { server: new URL(s), fingerprint, grant };
}

/** The presented CA whose SHA-256 the link names, as PEM. Nothing is sent to a server that does not present it. */
async function pinnedAuthority({ server, fingerprint }) {
  const socket = connect({ host: server.hostname, port: server.port || 443, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  let certificate = socket.getPeerCertificate(true);
  socket.destroy();
  for (
    let last = null;
    certificate?.raw && certificate !== last;
    [last, certificate] = [certificate, certificate.issuerCertificate]
  ) {
    if (sha256(certificate.raw).equals(fingerprint)) {
      return `-----BEGIN CERTIFICATE-----\n${certificate.raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
    }
  }
  throw new Error('certificate_foreign');
}

export class Client {
  /** Pins the server, makes a key, proves its possession, and enrols. */
  static async enrol(link, deviceName, personName) {
    const { server, fingerprint, grant } = parseLink(link);
    const agent = new Agent({ ca: await pinnedAuthority({ server, fingerprint }), keepAlive: true });
    const { privateKey: secret, publicKey } = await subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const client = Object.assign(new Client(), {
      server,
      agent,
      secret,
      author: Buffer.from(await subtle.exportKey('raw', publicKey)),
    });
    const proof = await sign(
      client.secret,
      tagged('ancu-enrol-v1', client.author, grant.code ? text(grant.code) : grant.invitation.body),
    );
    const answer = await client.call('POST', '/sync/v1/enrol', {
      grant,
      author: client.author,
      proof,
      device_name: deviceName,
      ...(personName && { person_name: personName }),
    });
    const identity = await certified(answer.certificate, answer.server);
    const own = { token: answer.token, certifier: answer.server, context: answer.context, identity };
    return Object.assign(client, own, {
      cursors: new Map(),
      authors: new Map(),
      records: new Map(),
      outbox: [],
      marks: [],
    });
  }

  async call(method, path, message) {
    const headers = message === undefined ? {} : { 'Content-Type': MEDIA_TYPE };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const [answer, body] = await new Promise((resolve, reject) => {
      const asked = request(new URL(path, this.server), { method, headers, agent: this.agent }, async (came) => {
        resolve([came, Buffer.concat(await came.toArray())]);
      });
      asked.on('error', reject).end(message === undefined ? undefined : pack(message));
    });
    if (answer.headers['content-type'] === MEDIA_TYPE) return unpack(body);
    if (answer.statusCode >= 400)
      throw Object.assign(new Error(`${path}: ${answer.statusCode} ${body}`), { problem: JSON.parse(body) });
    return body;
  }

  /** Tells the marks that are held; the answer's stands for them all. A real device keeps it with what the answer brought. */
  async exchange(path, message) {
    const answer = await this.call('POST', path, { ...message, marks: this.marks });
    if (answer.mark) this.marks = [answer.mark];
    return answer;
  }

  /** Pulls every unit in scope to its end; gives the envelopes that were new. */
  async pull() {
    const news = [];
    for (let more = true; more;) {
      const cursors = this.context.scope.map((unit) => ({ unit, cursor: this.cursors.get(hex(unit)) ?? null }));
      const answer = await this.exchange('/sync/v1/pull', { cursors });
      for (const certificate of answer.authors) {
        const identity = await certified(certificate, this.certifier);
        this.authors.set(hex(identity.key), identity);
      }
      for (const page of answer.units) {
        for (const bytes of page.envelopes) news.push(await this.take(bytes));
        this.cursors.set(hex(page.unit), page.cursor);
      }
      more = answer.units.some((page) => page.more);
    }
    return news;
  }

  async take(bytes) {
    const envelope = await readEnvelope(bytes);
    if (!this.authors.has(hex(envelope.author))) throw new Error('an envelope of an author without a certificate');
    const { document, kind, unit, changes } = envelope;
    const record = this.records.get(hex(document)) ?? {
      document,
      kind,
      unit,
      content: automerge.init({ actor: hex(actorOf(this.author, 0)) }),
    };
    [record.content] = automerge.applyChanges(record.content, changes);
    this.records.set(hex(document), record);
    return { ...envelope, id: sha256(bytes) };
  }

  /** Puts scalars into a record and into one envelope; texts as scalars, not as collaborative text. Gives the envelope's id. */
  async edit(record, puts) {
    const scalar = (value) =>
      typeof value === 'string' ? new automerge.ImmutableString(value.normalize('NFC')) : value;
    record.content = automerge.change(record.content, { time: Date.now() }, (content) => {
      for (const [key, value] of Object.entries(puts)) content[key] = scalar(value);
    });
    const change = plainChange(automerge.getLastLocalChange(record.content));
    const envelope = await makeEnvelope(record, [change], this);
    this.outbox.push(envelope);
    return sha256(envelope);
  }

  /** Pushes the outbox; what is receipted leaves it. Gives the verdicts by envelope id. */
  async push() {
    const device = {
      app_version: 'example 1.0',
      clock: Date.now(),
      unsent_envelopes: this.outbox.length,
      unsent_photos: 0,
      oldest_unsent: null,
    };
    const { outcomes } = await this.exchange('/sync/v1/push', { envelopes: this.outbox, device });
    const verdicts = new Map(outcomes.map(({ envelope, verdict }) => [hex(envelope), verdict]));
    const receipted = (bytes) => ['accepted', 'already_known'].includes(verdicts.get(hex(sha256(bytes)))?.verdict);
    this.outbox = this.outbox.filter((bytes) => !receipted(bytes));
    return verdicts;
  }
}
