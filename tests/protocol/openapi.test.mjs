/** The JSON interface against its own description: a valid OpenAPI 3.1 document, and every answer is what it says, no member more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020.js';

import { ask, Server } from '../harness/system.mjs';
import { Client } from './client.mjs';

/** A schema in which no member is allowed that it does not name; its references lead to others of the same sort. */
function closed(schema, open = false) {
  if (schema === null || typeof schema !== 'object') return schema;
  if (schema.$ref)
    return {
      $ref: schema.$ref.replace('#/components/schemas/', open ? '#/$defs/open.' : '#/$defs/'),
    };
  const shut = { ...schema };
  if (schema.properties)
    shut.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, of]) => [name, closed(of)]));
  for (const several of ['oneOf', 'anyOf'])
    if (schema[several]) shut[several] = schema[several].map((of) => closed(of, open));
  // What is composed is composed of open parts: each knows only its own members.
  if (schema.allOf) shut.allOf = schema.allOf.map((of) => closed(of, true));
  if (schema.items) shut.items = closed(schema.items);
  if (typeof schema.additionalProperties === 'object') shut.additionalProperties = closed(schema.additionalProperties);
  const object = schema.properties !== undefined || schema.allOf !== undefined;
  if (object && !open && schema.additionalProperties === undefined) shut.unevaluatedProperties = false;
  return shut;
}

/** Calls operations by their path in the description, and holds each answer against it. */
class Reader {
  constructor(server, description) {
    Object.assign(this, {
      server,
      description,
      judges: new Map(),
      seen: new Map(),
    });
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    const named = Object.entries(description.components.schemas);
    this.definitions = Object.fromEntries(
      named.flatMap(([name, of]) => [
        [name, closed(of)],
        [`open.${name}`, closed(of, true)],
      ]),
    );
  }

  async login(username) {
    const { password } = this.server.account(username);
    const answer = await this.call('', 'POST', '/api/v1/session', {
      body: { username, password },
    });
    return answer.cookie;
  }

  /** `places` fill the path's braces; `query` is what follows it; `expect` null: any status that is described. */
  async call(cookie, method, path, { places = {}, query = '', body, expect = 200 } = {}) {
    const operation = this.description.paths[path]?.[method.toLowerCase()];
    assert.ok(operation, `${method} ${path} is not described`);
    const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(places[name]));
    const answer = await ask(this.server, method, filled + query, body, cookie);
    const what = `${method} ${filled}${query} → ${answer.status}`;
    if (expect !== null) assert.equal(answer.status, expect, `${what} ${answer.text.slice(0, 300)}`);
    const response =
      operation.responses[answer.status] ?? (answer.status < 500 ? undefined : operation.responses.default);
    assert.ok(response, `${what} is not described`);
    if (answer.text === '' || answer.status === 204) {
      assert.equal(response.content, undefined, what);
    } else {
      const content = response.content?.[answer.type];
      assert.ok(content, `${what} as ${answer.type} is not described`);
      if (content.schema.format !== 'binary') this.hold(content.schema, JSON.parse(answer.text), what);
    }
    const statuses = this.seen.get(`${method} ${path}`) ?? new Set();
    this.seen.set(`${method} ${path}`, statuses.add(answer.status));
    return {
      ...answer,
      json: answer.type?.endsWith('json') ? JSON.parse(answer.text) : undefined,
    };
  }

  hold(schema, value, what) {
    const name = JSON.stringify(schema);
    const judge = this.judges.get(name) ?? this.ajv.compile({ ...closed(schema), $defs: this.definitions });
    this.judges.set(name, judge);
    assert.ok(judge(value), `${what}\n${JSON.stringify(judge.errors?.slice(0, 5), null, 1)}`);
  }
}

test('the description is valid OpenAPI 3.1, and the answers are what it says', { timeout: 240_000 }, async (t) => {
  const server = await Server.start({ photos: true });
  t.after(() => server.end());
  const description = JSON.parse((await ask(server, 'GET', '/api/openapi.json', undefined, '')).text);
  const verdict = await new Validator().validate(structuredClone(description));
  assert.ok(verdict.valid, JSON.stringify(verdict.errors, null, 1));
  const reader = new Reader(server, description);

  // Work that clashes, and work that is held back.
  const enrol = (username) => Client.enrol(server.account(username).link, `Máy thử của ${username}`);
  const [first, second] = [await enrol('canbo1'), await enrol('canbo2')];
  t.after(() => [first, second].forEach((client) => client.agent.destroy()));
  for (const client of [first, second]) await client.pull();
  const [id, premises] = [...first.records].find(([, { kind }]) => kind === 'facility');
  await first.edit(premises, { 'h/note': 'Cổng khóa.' });
  await second.edit(second.records.get(id), { 'h/note': 'Cổng mở.' });
  for (const client of [first, second]) await client.push();
  await first.edit(premises, { 'h/note': 'Ai đó khác.' });
  first.outbox[0][first.outbox[0].length - 1] ^= 1;
  await first.push();

  const [officer, reviewer, admin] = [
    await reader.login('canbo1'),
    await reader.login('duyet1'),
    await reader.login('quantri'),
  ];
  const list = async (cookie, path, query = '') => {
    const { json } = await reader.call(cookie, 'GET', path, {
      query: query || '?limit=200',
    });
    return json.items ?? json;
  };
  for (const cookie of [officer, reviewer, admin]) {
    await reader.call(cookie, 'GET', '/api/v1/me');
    await reader.call(cookie, 'GET', '/api/v1/dashboard');
    assert.ok((await list(cookie, '/api/v1/units')).length > 0);
  }
  await reader.call(officer, 'GET', '/api/v1/units', {
    query: '?day=2025-01-01&scope=mine',
  });

  // Records.
  const inspections = await list(reviewer, '/api/v1/inspections');
  assert.ok(inspections.length > 0, 'the demonstration has inspections');
  const photos = [];
  for (const { id, template } of inspections) {
    const { json: view } = await reader.call(reviewer, 'GET', '/api/v1/inspections/{id}', { places: { id } });
    await reader.call(reviewer, 'GET', '/api/v1/templates/{code}/{version}', {
      places: template,
    });
    photos.push(...view.items.flatMap((item) => item.photos));
    for (const { code } of view.items.slice(0, 5)) {
      const history = await reader.call(reviewer, 'GET', '/api/v1/inspections/{id}/items/{item}/history', {
        places: { id, item: code },
      });
      assert.ok(history.json.length > 0);
    }
  }
  const paper = await reader.call(reviewer, 'GET', '/api/v1/inspections/{id}/paper', { places: inspections[0] });
  assert.equal(paper.type, 'application/pdf');
  assert.equal(paper.bytes.subarray(0, 5).toString(), '%PDF-');
  for (const size of ['thumbnail', 'full']) {
    const picture = await reader.call(reviewer, 'GET', '/api/v1/photos/{hash}', {
      places: photos[0],
      query: `?size=${size}`,
    });
    assert.equal(picture.type, 'image/jpeg');
    assert.deepEqual([...picture.bytes.subarray(0, 2)], [0xff, 0xd8]);
  }
  const facilities = await list(officer, '/api/v1/facilities');
  assert.ok(facilities.length >= 60);
  const inspected = new Set(inspections.map(({ facility }) => facility));
  for (const { id } of facilities.filter((it, index) => inspected.has(it.id) || index < 5)) {
    await reader.call(officer, 'GET', '/api/v1/facilities/{id}', {
      places: { id },
    });
  }
  const head = await Client.enrol(server.account('chuho1').link, 'Điện thoại', 'Trần Thị Hoa');
  t.after(() => head.agent.destroy());
  const home = Buffer.from(head.context.home.facility)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const told = await reader.call(reviewer, 'GET', '/api/v1/facilities/{id}/hand-overs', { places: { id: home } });
  assert.deepEqual(told.json, { past: [], to: [] }, 'the demonstration’s team has one ward');
  await reader.call(reviewer, 'POST', '/api/v1/facilities/{id}/hand-overs', {
    places: { id: home },
    body: { unit: home, reason: 'x' },
    expect: 422,
  });
  const heads = await reader.call(reviewer, 'GET', '/api/v1/facilities/{id}/household-heads', { places: { id: home } });
  assert.deepEqual([heads.json.length, heads.json[0].may_renew], [1, false]);
  const renew = (cookie, expect) =>
    reader.call(cookie, 'POST', '/api/v1/household-heads/{id}/enrolment-codes', { places: heads.json[0], expect });
  await renew(reviewer, 403);
  for (const cookie of [officer, admin]) await renew(cookie, 201);
  const findings = await list(reviewer, '/api/v1/findings', '?state=all&limit=200');
  assert.ok(findings.length > 0, 'the demonstration has findings');
  // Measures: proposed and decided in a browser, listed, and refused where something lacks.
  const measured = { places: { id: findings[0].facility } };
  const note = (measure, note, expect = 200) =>
    reader.call(reviewer, 'POST', '/api/v1/facilities/{id}/measures', {
      ...measured,
      body: { measure, note },
      expect,
    });
  const stop = {
    instrument: 'temporary_suspension',
    scope: 'whole',
    grounds: ['direct_risk'],
  };
  const { json: begun } = await note(null, {
    step: 'proposed',
    ...stop,
    words: 'Cửa thoát nạn khóa trái.',
  });
  const { id: measure } = begun.measures[0].summary;
  await note(measure, { step: 'decided' }, 422);
  const { json: stopped } = await note(measure, {
    ...{
      step: 'decided',
      ...stop,
      number: '15/QĐ-TĐC',
      issuer: 'Trưởng Công an phường',
    },
    ...{ on: begun.today, until: begun.today },
  });
  assert.equal(stopped.measures[0].summary.state, 'in_force');
  await note(null, {
    step: 'waived',
    instrument: 'sanction',
    words: 'Đã nhắc nhở.',
  });
  await reader.call(officer, 'GET', '/api/v1/facilities/{id}/measures', measured);
  for (const query of ['', '?state=stopped', '?state=all&instrument=sanction'])
    assert.ok((await list(reviewer, '/api/v1/measures', query)).length > 0, query);
  assert.equal((await list(officer, '/api/v1/facilities')).filter((each) => each.stops.length > 0).length, 1);
  for (const { inspection, item } of findings.slice(0, 10)) {
    await reader.call(reviewer, 'GET', '/api/v1/inspections/{id}/findings/{item}', {
      places: { id: inspection, item },
    });
  }
  const clashes = await list(officer, '/api/v1/clashes');
  assert.ok(
    clashes.some(
      ({ document, key }) =>
        Buffer.from(document.replaceAll('-', ''), 'hex').equals(Buffer.from(id)) || key === 'h/note',
    ),
  );

  // A decision.
  const waiting = inspections.find(({ state }) => state === 'completed');
  const { json: record } = await reader.call(reviewer, 'GET', '/api/v1/inspections/{id}', { places: waiting });
  const decision = {
    decision: 'returned',
    on: record.newest_sealed,
    words: 'Chụp lại',
    comments: [{ item: record.items[0].code, words: 'Ảnh mờ' }],
  };
  const decide = (body, expect) =>
    reader.call(reviewer, 'POST', '/api/v1/inspections/{id}/decision', {
      places: waiting,
      body,
      expect,
    });
  await decide({ ...decision, words: '', comments: [] }, 422);
  assert.equal((await decide(decision, 200)).json.summary.state, 'returned');
  await decide(decision, 409);

  // Administration.
  const [held] = await list(reviewer, '/api/v1/quarantine');
  assert.equal(held.code, 'signature_invalid');
  await reader.call(reviewer, 'POST', '/api/v1/quarantine/{id}/release', {
    places: held,
    expect: 409,
  });
  const picture = { ...held, hash: '00'.repeat(32) };
  await reader.call(reviewer, 'GET', '/api/v1/quarantine/{id}/photos/{hash}', { places: picture, expect: 404 });
  const users = await list(admin, '/api/v1/users');
  const postOf = (name) => users.find(({ username }) => username === name).posts[0];
  const { unit } = postOf('canbo1');
  const account = {
    username: 'canbo3',
    name: 'Nguyễn Văn Ba',
    role: 'commune_data_officer',
    unit,
  };
  const { json: added } = await reader.call(admin, 'POST', '/api/v1/users', {
    body: account,
    expect: 201,
  });
  const taken = await reader.call(admin, 'POST', '/api/v1/users', {
    body: account,
    expect: 409,
  });
  assert.equal(taken.json.code, 'username_taken');
  const post = {
    role: postOf('duyet1').role,
    unit: postOf('duyet1').unit,
    valid_from: '2030-01-01',
  };
  const given = await reader.call(admin, 'POST', '/api/v1/users/{id}/posts', {
    places: added,
    body: post,
    expect: 201,
  });
  assert.equal(given.json.posts.length, 2);
  const end = (places, role, unit, expect) =>
    reader.call(admin, 'POST', '/api/v1/users/{id}/posts/end', {
      places,
      body: { role, unit },
      expect,
    });
  assert.equal((await end(added, post.role, post.unit, 200)).json.posts[1].valid_to <= post.valid_from, true);
  await end(added, post.role, post.unit, 422);
  await reader.call(admin, 'POST', '/api/v1/users/{id}/enrolment-codes', {
    places: added,
    expect: 201,
  });
  const { json: made } = await reader.call(admin, 'POST', '/api/v1/users/{id}/password', {
    places: added,
    expect: 201,
  });
  assert.ok(made.password.length >= 10);
  const { json: closed } = await reader.call(admin, 'POST', '/api/v1/users/{id}/close', { places: added, expect: 200 });
  assert.equal(typeof closed.disabled_at, 'number');
  await reader.call(admin, 'POST', '/api/v1/users/{id}/password', {
    places: added,
    expect: 422,
  });
  const self = users.find(({ username }) => username === 'quantri');
  const last = await reader.call(admin, 'POST', '/api/v1/users/{id}/close', {
    places: self,
    expect: 409,
  });
  assert.equal(last.json.code, 'last_administrator');

  // What cannot be read and comes from who holds no post is filed under no unit.
  await end(
    users.find(({ username }) => username === 'canbo1'),
    'commune_data_officer',
    unit,
    200,
  );
  first.outbox = [Buffer.from('no envelope at all')];
  const [unread] = [...(await first.push()).values()];
  assert.equal(unread.verdict, 'quarantined');
  const unreadable = (await list(admin, '/api/v1/quarantine')).find(({ release }) => release === 'unreadable');
  const going = await reader.call(admin, 'GET', '/api/v1/quarantine/{id}/set-aside', {
    places: unreadable,
    expect: 200,
  });
  assert.equal(going.json.count, 2, 'with the forged one of the same device');
  const aside = await reader.call(admin, 'POST', '/api/v1/quarantine/{id}/set-aside', {
    places: unreadable,
    expect: 200,
  });
  assert.equal(aside.json.envelope.set_aside, true);
  const [device] = await list(admin, '/api/v1/devices');
  await reader.call(admin, 'POST', '/api/v1/devices/{id}/revoke', {
    places: device,
    expect: 204,
  });
  await reader.call(admin, 'POST', '/api/v1/devices/{id}/revoke', {
    places: device,
    expect: 404,
  });
  assert.ok((await list(admin, '/api/v1/audit')).length > 0);
  for (const kind of ['session', 'account', 'device', 'record', 'photo', 'held', 'other'])
    await list(admin, '/api/v1/audit', `?kind=${kind}`);
  await reader.call(admin, 'GET', '/api/v1/audit', {
    query: '?kind=nonsense',
    expect: 422,
  });
  await reader.call(admin, 'POST', '/api/v1/courier', {
    body: Buffer.from('no such file'),
    expect: 422,
  });
  await reader.call(admin, 'GET', '/api/v1/courier/{bundle}/receipt', {
    places: { bundle: '00'.repeat(32) },
    expect: 404,
  });

  // What is refused is described too: without a session, without a right, with a parameter that there is not, with rubbish.
  const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, of]) => [method.toUpperCase(), path, of]),
  );
  for (const [method, path, operation] of operations) {
    const places = new Proxy({}, { get: () => '0192f0c0-0000-7000-8000-000000000000' });
    const body = operation.requestBody?.content['application/json'] ? { rubbish: true } : undefined;
    const refused = (cookie, more = {}) =>
      reader.call(cookie, method, path, {
        places,
        body,
        expect: null,
        ...more,
      });
    if (path !== '/api/v1/session') assert.equal((await refused('')).status, 401);
    if (method !== 'DELETE') {
      for (const cookie of [officer, reviewer, admin]) {
        const answer = await refused(
          cookie,
          operation.parameters?.some((it) => it.in === 'query') ? { query: '?nope=1' } : {},
        );
        assert.ok(answer.status < 500, `${method} ${path} ${answer.status}`);
      }
    }
  }
  await reader.call(officer, 'DELETE', '/api/v1/session', { expect: 204 });
  const done = (method, path) => [...(reader.seen.get(`${method} ${path}`) ?? [])].some((status) => status < 300);
  const untried = operations.map(([method, path]) => `${method} ${path}`).filter((name) => !done(...name.split(' ')));
  // A forged envelope cannot be let in, and shows no photos; a courier's file is made by a device; the demonstration's one
  // commander has one ward, and hands nothing over.
  assert.deepEqual(untried.sort(), [
    'GET /api/v1/courier/{bundle}/receipt',
    'GET /api/v1/quarantine/{id}/photos/{hash}',
    'POST /api/v1/courier',
    'POST /api/v1/facilities/{id}/hand-overs',
    'POST /api/v1/quarantine/{id}/release',
  ]);
});
