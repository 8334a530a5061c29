/**
 * A walk through every place of the field app, the household's and the console, on the real engine and a real server: at
 * four widths, in two languages, by day and by night, and on a small phone at twice the text. Each place fits, can be
 * pressed, read and reached by keyboard; an address that leads nowhere says so.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Device, Server } from '../../../tests/harness/system.mjs';
import { launch, openPage, PHONE } from './console/browser.mjs';
import { answer, exchange, fail, finding, head, officer, photograph, start } from './console/fieldwork.mjs';
import { assertPressable, assertReachable, assertReadable, assertWhole } from './reading.mjs';
import { settled } from './screens.mjs';

const WIDTHS = [320, 390, 768, 1024, 1280];
const SMALL = { width: 360, height: 640 };
const LOOKS = [
  { name: 'Vietnamese by day', night: false, english: false },
  { name: 'English by night', night: true, english: true },
];
const NOWHERE = '01900000-0000-7000-8000-000000000000';

let server;
let browser;
let ha;
let long;
let home;
let fresh;
let facility;
let inspection;
let returned;

before(async () => {
  [server, browser, fresh] = await Promise.all([Server.start(), launch(), Device.start()]);
  ha = await officer(server, 'canbo1', 'Máy của Hà');
  long = await officer(server, 'canbo2', 'Máy của Long');
  const list = { command: 'facility_list', query: '', class: 'mini_apartment', offset: 0, limit: 1 };
  facility = (await ha.command(list)).items[0].id;

  // Some of it answered, one failed with its photo, one answered in two ways.
  const visit = await start(ha, facility);
  inspection = visit.id;
  await exchange(ha);
  await exchange(long);
  const checks = visit.items.filter((item) => item.input.type === 'verdict');
  const [failed, clashing] = checks.filter((item) => item.code.startsWith('ESC'));
  const drawing = await openPage(browser);
  const data_base64 = await photograph(drawing.page, 'Lối thoát nạn', ['#b9c2b4', '#8a5a3c']);
  await drawing.done();
  await fail(ha, inspection, failed.code, 'Cửa tầng 5 khóa ngoài, chìa do bảo vệ giữ.');
  await finding(ha, inspection, failed);
  await ha.command({ command: 'photo_add', inspection, item: failed.code, file_name: 'cua.jpg', data_base64 });
  await answer(ha, inspection, clashing.code, { kind: 'verdict', value: 'not_applicable' });
  await answer(long, inspection, clashing.code, { kind: 'verdict', value: 'pass' }, 'Đã đo lại: 0,92 m.');
  await exchange(ha);
  await exchange(long);
  await exchange(ha);
  returned = (await ha.command({ command: 'today' })).returned[0].id;

  home = await head(server.account('chuho1').link, 'Phạm Thu Hương', 'Điện thoại chủ hộ');
});

after(async () => {
  await browser?.close();
  await Promise.all([ha?.end(), long?.end(), home?.end(), fresh?.end()]);
  await server?.end();
});

/** Everything that does not hold where the page is now. */
async function judge(page, place, look) {
  const faults = [];
  const check = (law, where) => law(page, where).catch((fault) => faults.push(fault.message));
  for (const width of WIDTHS) {
    const where = `${place} at ${width}, ${look.name}`;
    await page.setViewportSize({ width, height: 800 });
    await settled(page);
    await check(assertWhole, where);
    if (width === 320) await check(assertPressable, where);
    // What differs between widths is which pane is shown: one of each kind is read.
    if (width === 390 || width === 1280) {
      // A page that still asks for its record has no heading yet.
      await page.locator('h1').filter({ visible: true }).first().waitFor();
      await check(assertReadable, where);
    }
    if (width === 1280) await check(assertReachable, where);
  }
  return faults;
}

/** Walks the places of one device's app. */
async function walk(device, places) {
  const faults = [];
  for (const look of LOOKS) {
    const { page, done } = await openPage(browser, { viewport: PHONE, ...look });
    await page.goto(device.url);
    await settled(page);
    for (const place of places) {
      await page.goto(`${device.url}#${place}`);
      await settled(page);
      faults.push(...(await judge(page, place, look)));
    }
    await done();
  }
  // Twice the text on a small phone: nothing sticks out.
  for (const english of [false, true]) {
    const { page, done } = await openPage(browser, { viewport: SMALL, text: 'largest', english });
    await page.goto(device.url);
    await settled(page);
    for (const place of places) {
      await page.goto(`${device.url}#${place}`);
      await settled(page);
      await assertWhole(page, `${place} at twice the text, ${english ? 'English' : 'Vietnamese'}`).catch((fault) =>
        faults.push(fault.message),
      );
    }
    await done();
  }
  assert.deepEqual(faults, []);
}

test('the officer’s places', () =>
  walk(ha, [
    '/',
    '/facilities',
    `/facilities/${facility}`,
    `/facilities/${facility}/edit`,
    '/facilities/new',
    `/inspections/${inspection}`,
    `/inspections/${inspection}/s/ESC`,
    `/inspections/${inspection}/finish`,
    `/inspections/${returned}`,
    '/clashes',
    '/exchange',
    '/settings',
    '/nowhere',
  ]));

test('a household’s places', () =>
  walk(home, ['/', '/declare/1', '/declare/2', '/declare/3', '/declare/4', '/declare/5', '/exchange', '/settings']));

test('a device that nobody has enrolled, and one that is locked', async () => {
  await walk(fresh, ['/']);
  await long.command({ command: 'lock' });
  await walk(long, ['/']);
});

test('the console’s places', async () => {
  const faults = [];
  for (const [username, places] of [
    [
      'duyet1',
      [
        '/',
        '/inspections',
        '/inspections?show=all',
        `/inspections/${returned}`,
        `/inspections/${inspection}`,
        '/facilities',
        `/facilities/${facility}`,
        '/clashes',
        '/quarantine',
        '/nowhere',
      ],
    ],
    ['quantri', ['/', '/users', '/devices', '/units', '/audit']],
  ]) {
    const { password } = server.account(username);
    for (const look of LOOKS) {
      const { page, done } = await openPage(browser, { viewport: PHONE, ...look });
      await page.goto(server.url);
      await settled(page);
      faults.push(...(await judge(page, 'login', look)));
      await page.locator('input[autocomplete="username"]').fill(username);
      await page.locator('input[type="password"]').fill(password);
      await page.locator('button[type="submit"]').click();
      await page.locator('[data-testid=who]').waitFor({ state: 'attached' });
      for (const place of places) {
        await page.goto(server.url + place);
        await settled(page);
        faults.push(...(await judge(page, place, look)));
      }
      await done();
    }
  }
  assert.deepEqual(faults, []);
});

test('an address that leads nowhere says so, and leads on', async () => {
  const { page, done } = await openPage(browser, { viewport: PHONE });
  const lost = async (address) => {
    await page.goto(address);
    const notice = page.getByTestId('not-found').filter({ visible: true });
    await notice.waitFor();
    return notice;
  };
  for (const [place, way] of [
    ['/inspections/zzz', '#/'],
    [`/inspections/${NOWHERE}`, '#/'],
    [`/inspections/${inspection}/s/ZZZ`, `#/inspections/${inspection}`],
    [`/inspections/${inspection}/s/ESC/more`, `#/inspections/${inspection}`],
    [`/findings/${inspection}/ZZZ`, `#/inspections/${inspection}`],
    ['/facilities/zzz', '#/facilities'],
    [`/facilities/${NOWHERE}`, '#/facilities'],
    [`/facilities/${NOWHERE}/edit`, '#/facilities'],
    [`/facilities/${facility}/other`, `#/facilities/${facility}`],
    ['/facilities/new/other', '#/facilities'],
    ['/today/zzz', '#/'],
    ['/nowhere', '#/'],
    ['/inspections', '#/'],
  ]) {
    const notice = await lost(`${ha.url}#${place}`);
    await notice.getByText('Không tìm thấy').waitFor();
    assert.equal(await notice.getByRole('link').getAttribute('href'), way, place);
  }
  // A section without what says that it is one is meant as one.
  await page.goto(`${ha.url}#/inspections/${inspection}/ESC`);
  await page.getByTestId('item').first().waitFor();
  assert.match(page.url(), /\/s\/ESC$/);

  for (const place of ['/declare/9', '/declare/zzz', '/facilities', `/inspections/${inspection}`])
    assert.equal(await (await lost(`${home.url}#${place}`)).getByRole('link').getAttribute('href'), '#/', place);
  await done();

  const { username, password } = server.account('duyet1');
  const desk = await openPage(browser, { viewport: PHONE });
  await desk.page.goto(server.url);
  await desk.page.getByLabel('Tên đăng nhập').fill(username);
  await desk.page.getByLabel('Mật khẩu', { exact: true }).fill(password);
  await desk.page.getByRole('button', { name: 'Đăng nhập' }).click();
  await desk.page.locator('[data-testid=who]').waitFor({ state: 'attached' });
  for (const [place, words, way] of [
    ['/inspections/zzz', 'Không tìm thấy', '/inspections'],
    [`/inspections/${NOWHERE}`, 'Không tìm thấy', '/inspections'],
    ['/facilities/zzz', 'Không tìm thấy', '/facilities'],
    [`/inspections/${inspection}/s/ESC`, 'Không có trang này', `/inspections/${inspection}`],
    [`/facilities/${facility}/more`, 'Không có trang này', `/facilities/${facility}`],
    ['/clashes/zzz', 'Không có trang này', '/clashes'],
    // What a post does not allow is no way on either.
    ['/devices/zzz', 'Không có trang này', '/'],
    ['/nowhere', 'Không có trang này', '/'],
  ]) {
    await desk.page.goto(server.url + place);
    const notice = desk.page.getByTestId('not-found');
    await notice.getByText(words).waitFor();
    assert.equal(await notice.getByRole('link').getAttribute('href'), way, place);
  }
  await desk.done();
});
