/** `tus-js-client`, as it is on npm, uploads photos to a real server over a line that is cut. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';

import { DefaultHttpStack, Upload } from 'tus-js-client';

import { Server } from '../harness/system.mjs';
import { Client, hex } from './client.mjs';

const timeout = 120_000;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A line to the server that counts what goes through, and breaks once after so many bytes of one direction. */
class Line {
  static async to(port) {
    const line = new Line();
    line.sent = 0;
    line.cuts = 0;
    line.server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      const end = () => [near, far].forEach((socket) => socket.destroy());
      near.on('data', (data) => {
        line.sent += data.length;
        far.write(data);
        if (line.sent > line.cutAfter) {
          line.cutAfter = Infinity;
          line.cuts += 1;
          // What was written reaches the server; then both ends see a dead line.
          far.end(() => end());
        }
      });
      far.on('data', (data) => near.write(data));
      for (const socket of [near, far]) socket.on('error', end).on('close', end);
    });
    line.cutAfter = Infinity;
    line.server.listen(0, '127.0.0.1');
    await once(line.server, 'listening');
    line.url = `https://127.0.0.1:${line.server.address().port}`;
    return line;
  }
}

let server, client, line;

before(async () => {
  server = await Server.start();
  client = await Client.enrol(server.account('canbo1').link, 'Máy tải ảnh');
  line = await Line.to(server.port);
});

after(async () => {
  client.agent.destroy();
  line.server.close();
  await server.end();
});

/** Uploads by tus-js-client with nothing but its own options; gives the last answer's headers. */
function upload(bytes, options = {}) {
  return new Promise((resolve, reject) => {
    let last;
    const one = new Upload(Buffer.from(bytes), {
      endpoint: `${line.url}/uploads`,
      httpStack: new DefaultHttpStack({ ca: server.authority }),
      headers: { Authorization: `Bearer ${client.token}` },
      metadata: { sha256: sha256(bytes) },
      retryDelays: [0, 0, 0],
      onAfterResponse: (_, answer) => {
        last = answer;
        options.answered?.(answer);
      },
      onError: reject,
      onSuccess: () => resolve({ receipt: last.getHeader('Ancu-Receipt'), url: one.url }),
      ...options,
    });
    options.begun?.(one);
    one.start();
  });
}

const offer = (...photos) =>
  client.call('POST', '/sync/v1/photos/offer', { hashes: photos.map((bytes) => Buffer.from(sha256(bytes), 'hex')) });
const ask = async (method, url, headers = {}) => {
  const stack = new DefaultHttpStack({ ca: server.authority });
  const asked = stack.createRequest(method, url);
  for (const [name, value] of Object.entries({
    Authorization: `Bearer ${client.token}`,
    'Tus-Resumable': '1.0.0',
    ...headers,
  }))
    asked.setHeader(name, value);
  return asked.send();
};

test('a photo arrives whole, verified and receipted', { timeout }, async () => {
  const photo = randomBytes(300_000);
  const expiries = [];
  const { receipt } = await upload(photo, {
    chunkSize: 100_000,
    answered: (answer) => expiries.push(answer.getHeader('Upload-Expires')),
  });
  assert.equal(receipt, sha256(photo));
  assert.equal(expiries.length, 4);
  // Created and unfinished: it says until when it is kept; finished: nothing expires.
  for (const until of expiries.slice(0, 3)) assert.ok(Date.parse(until) > Date.now() + 24 * 3_600_000, until);
  assert.equal(expiries[3] ?? null, null);
  const { held, missing } = await offer(photo, Buffer.from('another'));
  assert.deepEqual([held.map(hex), missing.map(hex)], [[sha256(photo)], [sha256('another')]]);
});

test('a cut line: it goes on at the byte where it was cut', { timeout }, async () => {
  const photo = randomBytes(3_000_000);
  const [begun, cuts] = [line.sent, line.cuts];
  line.cutAfter = line.sent + 1_500_000;
  const { receipt } = await upload(photo);
  assert.equal(receipt, sha256(photo));
  assert.equal(line.cuts, cuts + 1, 'the line was cut');
  const sent = line.sent - begun;
  assert.ok(sent < photo.length * 1.2, `${sent} bytes on the line for a photo of ${photo.length}`);
});

test('the server is killed in the middle and comes back: nothing that came is sent again', { timeout }, async () => {
  const photo = randomBytes(2_000_000);
  const begun = line.sent;
  let stopped;
  const cut = new Promise((resolve) => {
    upload(photo, {
      chunkSize: 500_000,
      retryDelays: null,
      begun: (one) => (stopped = one),
      onChunkComplete: (_, taken) => {
        if (taken === 1_000_000) stopped.abort().then(resolve);
      },
    });
  });
  await cut;
  await server.down();
  await server.up();
  const { receipt } = await upload(photo, { uploadUrl: stopped.url });
  assert.equal(receipt, sha256(photo));
  const sent = line.sent - begun;
  assert.ok(sent < photo.length * 1.3, `${sent} bytes on the line for a photo of ${photo.length}`);
});

test('the same photo a second time costs no bytes', { timeout }, async () => {
  const photo = randomBytes(1_000_000);
  const { url } = await upload(photo);
  // By the offer, as our own devices do it.
  const { held } = await offer(photo);
  assert.deepEqual(held.map(hex), [sha256(photo)]);
  // By tus alone: the address of the first time still answers, with the receipt.
  const begun = line.sent;
  const again = await upload(photo, { uploadUrl: url });
  assert.equal(again.receipt, sha256(photo));
  assert.ok(line.sent - begun < 5_000, `${line.sent - begun} bytes`);
  // Created anew it is complete from the start.
  const metadata = `sha256 ${Buffer.from(sha256(photo)).toString('base64')}`;
  const created = await ask('POST', `${line.url}/uploads`, {
    'Upload-Length': photo.length,
    'Upload-Metadata': metadata,
  });
  assert.deepEqual([created.getStatus(), created.getHeader('Upload-Offset')], [201, String(photo.length)]);
  assert.equal(created.getHeader('Ancu-Receipt'), sha256(photo));
});

test('a checksum of the piece is compared', { timeout }, async () => {
  const photo = randomBytes(50_000);
  const checksum = (bytes) => `sha1 ${createHash('sha1').update(bytes).digest('base64')}`;
  const bearing = (sum) => ({
    onBeforeRequest: (asked) => asked.getMethod() === 'PATCH' && asked.setHeader('Upload-Checksum', sum),
    retryDelays: null,
  });
  const codes = [];
  await assert.rejects(
    upload(photo, {
      ...bearing(checksum('other bytes')),
      answered: (answer) => codes.push([answer.getStatus(), answer.getBody()]),
    }),
  );
  const [status, body] = codes.at(-1);
  assert.equal(status, 460);
  assert.equal(JSON.parse(body).code, 'checksum_mismatch');
  const { receipt } = await upload(photo, bearing(checksum(photo)));
  assert.equal(receipt, sha256(photo));
});

test('an upload that is ended is gone', { timeout }, async () => {
  const photo = randomBytes(400_000);
  let stopped;
  await new Promise((resolve, reject) => {
    upload(photo, {
      chunkSize: 100_000,
      begun: (one) => (stopped = one),
      onChunkComplete: (_, taken) => {
        if (taken === 200_000) stopped.abort(true).then(resolve, reject);
      },
    });
  });
  assert.equal((await ask('HEAD', stopped.url)).getStatus(), 404);
  assert.equal((await upload(photo)).receipt, sha256(photo), 'and can be begun again');
});

test('many at once, one of them not what it says: that one is refused, the others arrive', { timeout }, async () => {
  const photos = Array.from({ length: 8 }, () => randomBytes(150_000));
  const wrong = 3;
  const outcomes = await Promise.allSettled(
    photos.map((photo, place) =>
      upload(photo, place === wrong ? { metadata: { sha256: sha256('another photo') }, retryDelays: null } : {}),
    ),
  );
  for (const [place, outcome] of outcomes.entries()) {
    if (place === wrong) {
      assert.equal(outcome.status, 'rejected');
      assert.equal(outcome.reason.originalResponse.getStatus(), 460);
      assert.equal(JSON.parse(outcome.reason.originalResponse.getBody()).code, 'photo_hash_mismatch');
    } else {
      assert.equal(outcome.value?.receipt, sha256(photos[place]));
    }
  }
  const { held, missing } = await offer(...photos);
  assert.deepEqual([held.length, missing.map(hex)], [7, [sha256(photos[wrong])]]);
});

test('too large, or without its hash: refused before a byte is sent', { timeout }, async () => {
  const begun = line.sent;
  const refused = async (status, code, options) => {
    const error = await upload(Buffer.from('photo'), { retryDelays: null, ...options }).catch((caught) => caught);
    assert.equal(error.originalResponse?.getStatus(), status);
    assert.equal(JSON.parse(error.originalResponse.getBody()).code, code);
  };
  await refused(413, 'too_large', { uploadSize: 65 * 1024 * 1024 });
  await refused(400, 'request_malformed', { metadata: { name: 'photo.jpg' } });
  assert.ok(line.sent - begun < 10_000);
});
