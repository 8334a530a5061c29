/**
 * The app's real window, by tauri-driver: enrol, airplane mode, inspect with a photo, kill -9, reopen, nothing lost, exchange,
 * seen in the console.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { launch, openPage } from '../../app/ui/e2e/console/browser.mjs';
import { Server } from '../harness/system.mjs';
import { Window } from './driver.mjs';

const PIN = '275041';
const NOTE = 'Cửa thoát nạn khóa bằng ổ khóa ngoài, không có chìa để trong.';
const tab = (name) => `nav.fixed [data-testid="tab-${name}"]`;
const item = (code, part = '') => `[data-testid="item"][data-code="${code}"] ${part}`.trim();

/** A picture with some structure, drawn by the window itself, as a file. */
async function photoFile(window, folder) {
  const data = await window.script(`
    const canvas = Object.assign(document.createElement('canvas'), { width: 2400, height: 1600 });
    const brush = canvas.getContext('2d');
    for (let n = 0; n < 900; n += 1) {
      brush.fillStyle = 'hsl(' + ((n * 37) % 360) + ' 45% ' + (25 + (n % 50)) + '%)';
      brush.fillRect((n * 211) % 2400, (n * 97) % 1600, 320, 180);
    }
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];`);
  const file = join(folder, 'cua-thoat-nan.jpg');
  await writeFile(file, Buffer.from(data, 'base64'));
  return file;
}

/** The same as the reviewer sees it: the console, in a browser. */
async function seenByReviewer(server, inspection, code) {
  const browser = await launch();
  try {
    const { page, done } = await openPage(browser);
    await page.goto(server.url);
    await page.locator('input[autocomplete="username"]').fill('duyet1');
    await page.locator('input[type="password"]').fill(server.account('duyet1').password);
    await page.locator('button[type="submit"]').click();
    await page.locator('[data-testid=who]').waitFor({ state: 'attached' });
    await page.goto(`${server.url}/inspections/${inspection}`);
    const card = page.locator(`[data-item="${code}"]`);
    await card.getByText(NOTE).waitFor();
    await card.getByText(server.account('canbo1').name).first().waitFor();
    await page.waitForFunction((of) => document.querySelector(`[data-item="${of}"] img`)?.naturalWidth > 0, code);
    await done();
  } finally {
    await browser.close();
  }
}

/** The record as the engine has it, once the note has reached it (the page saves it a moment after the last key). */
async function noted(window, inspection, code) {
  for (let look = 0; look < 500; look += 1) {
    const view = await window.engine({ command: 'inspection_open', id: inspection });
    if (view.items.find((each) => each.code === code)?.statements[0]?.note === NOTE) return view;
  }
  throw new Error('the note was never saved');
}

async function unlock(window) {
  await window.type('[data-testid="unlock-pin"]', PIN);
  await window.click('[data-testid="unlock-submit"]');
  await window.find(tab('today'));
}

test(
  'an officer works in the window without a signal, is killed, and loses nothing',
  { timeout: 300_000 },
  async (t) => {
    const server = await Server.start();
    const folder = await mkdtemp(join(tmpdir(), 'ancu-window-'));
    let window = await Window.open(join(folder, 'store'), folder);
    t.after(async () => {
      await window.close();
      await server.end();
      await rm(folder, { recursive: true, force: true });
    });

    // With a signal, once: enrol.
    await window.type('[name="link"]', server.account('canbo1').link);
    await window.screenshot('1-enrol-link');
    await window.click('//main//form//button[@type="submit"]');
    await window.type('[name="pin"]', PIN);
    await window.type('[name="pin-again"]', PIN);
    await window.screenshot('2-enrol-pin');
    await window.click('[data-testid="enrol-submit"]');
    await window.find(tab('today'));
    const enrolled = await window.engine({ command: 'exchange_wait' });
    assert.equal(enrolled.phase, 'ready');

    // Without one, from here on.
    await server.down();
    await window.click(tab('facilities'));
    await window.type('[data-testid="facility-search"]', 'khuong ha');
    await window.find('[data-testid="facility-row"]');
    await window.screenshot('3-premises');
    const listed = await window.engine({
      command: 'facility_list',
      query: 'khuong ha',
      class: 'mini_apartment',
      offset: 0,
      limit: 1,
    });
    const facility = listed.items[0];
    await window.click(`[data-testid="facility-row"][data-id="${facility.id}"]`);
    await window.click('[data-testid="inspect-start"]');
    await window.find('[data-testid="group"]');
    const { in_progress: begun } = await window.engine({ command: 'today' });
    const inspection = begun[0].id;
    const { code: name, version } = begun[0].template;
    const template = await window.engine({ command: 'template', code: name, version });
    const group = template.groups.find((one) => one.items.filter((each) => each.input.type === 'verdict').length >= 3);
    const checks = group.items.filter((each) => each.input.type === 'verdict').map((each) => each.code);
    await window.screenshot('4-sections');
    await window.click(`[data-testid="group"][data-id="${group.code}"]`);
    await window.click(item(checks[0], '[data-testid="verdict-pass"]'));
    await window.find(item(checks[0], '[data-testid="item-saved"]'));
    await window.click(item(checks[1], '[data-testid="verdict-fail"]'));
    await window.find(item(checks[1], '[data-testid="item-saved"]'));
    await window.click(item(checks[1], 'button[aria-expanded]'));
    await window.type(`[name="note-${checks[1]}"]`, NOTE);
    await window.attach(item(checks[1], '[data-testid="photo-file"]'), await photoFile(window, folder));
    await window.find(item(checks[1], '[data-testid="photo-thumb"]'));
    await window.screenshot('5-item-with-photo');
    await window.click(item(checks[2], '[data-testid="verdict-not_applicable"]'));
    await window.find(item(checks[2], '[data-testid="item-saved"]'));
    const before = await noted(window, inspection, checks[1]);

    // The phone dies in the middle of it all.
    await window.killApp();
    window = await Window.open(join(folder, 'store'), folder);
    await window.find('[data-testid="unlock-pin"]');
    await window.screenshot('6-locked');
    await unlock(window);
    const after = await window.engine({ command: 'inspection_open', id: inspection });
    const said = (view) =>
      view.items.map((each) => [
        each.code,
        each.statements.map((one) => [one.answer, one.note]),
        each.photos.map((photo) => photo.hash),
      ]);
    assert.deepEqual(said(after), said(before), 'what was there before the kill is there after it');
    const failed = after.items.find((each) => each.code === checks[1]);
    assert.equal(failed.statements[0].answer.value, 'fail');
    assert.equal(failed.statements[0].note, NOTE);
    assert.equal(failed.photos.length, 1);
    await window.find('[data-testid="sync-light"][data-sync="unsent"]');
    await window.screenshot('7-unsent');

    // The signal is back.
    await server.up();
    await window.click(tab('exchange'));
    await window.click('[data-testid="exchange-now"]');
    const status = await window.engine({ command: 'exchange_wait' });
    assert.deepEqual([status.unsent.records, status.unsent.photos, status.safe_to_wipe], [0, 0, true]);
    await window.sees('Có. Máy chủ đã xác nhận mọi hồ sơ và ảnh.');
    await window.sees('Trao đổi ngay');
    await window.screenshot('8-sent');

    const console = await server.console('duyet1');
    const seen = await console('GET', `/api/v1/inspections/${inspection}`);
    const there = seen.items.find((each) => each.code === checks[1]);
    assert.equal(there.statements[0].note, NOTE);
    assert.equal(there.statements[0].by.person_name, server.account('canbo1').name);
    assert.equal(there.photos[0].verified, true);
    const photo = await console.bytes(`/api/v1/photos/${there.photos[0].hash}?size=full`);
    assert.equal(createHash('sha256').update(photo).digest('hex'), there.photos[0].hash);
    await window.quit();
    await seenByReviewer(server, inspection, checks[1]);
  },
);
