/**
 * Premises handed over to another unit: who may, what is asked, what is kept of it; and what the former unit's officer is told.
 * Pictures of it are written to docs/screenshots.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Server } from '../../../../tests/harness/system.mjs';
import { shrink } from '../png.mjs';
import { PHONE, WIDE, assertFits, launch, openPage } from './browser.mjs';
import { answer, exchange, officer, startFree } from './fieldwork.mjs';

const PICTURES = fileURLToPath(new URL('../../../../docs/screenshots/console/', import.meta.url));

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.end();
});

async function logIn(page, username, password = server.account(username).password) {
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
}

async function picture(page, name, key) {
  for (const viewport of [PHONE, WIDE]) {
    await page.setViewportSize(viewport);
    await assertFits(page);
    if (key) await key.scrollIntoViewIfNeeded();
    const file = `${PICTURES}${name}-${viewport.width}x${viewport.height}.png`;
    await writeFile(file, shrink(await page.screenshot({ animations: 'disabled' })));
  }
}

/** A manager of the whole city, as an administrator adds one; the password. */
async function manager(page) {
  await page.goto(`${server.url}/users`);
  await logIn(page, 'quantri');
  await page.getByTestId('users').waitFor();
  return page.evaluate(async () => {
    const ask = async (path, method = 'GET', body = undefined) => {
      const headers = { 'X-Requested-With': 'ancu', 'Content-Type': 'application/json' };
      const answer = await fetch(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.status === 204 ? undefined : answer.json();
    };
    const [city] = (await ask('/api/v1/units?role=pc07_manager&limit=10')).items;
    const post = { role: 'pc07_manager', unit: city.id };
    const made = await ask('/api/v1/users', 'POST', { username: 'quanly', name: 'Vũ Thị Lan', ...post });
    await ask('/api/v1/session', 'DELETE');
    return made.password;
  });
}

test('a manager hands premises over; what an officer wrote offline arrives there, and leaves the device', async () => {
  const device = await officer(server, 'canbo1', 'Máy hiện trường');
  const { page, done } = await openPage(browser, { viewport: PHONE });
  try {
    const { id } = await startFree(device);
    const { facility } = (await device.command({ command: 'inspection_open', id })).summary;
    await exchange(device);
    await answer(device, id, 'ESC-10', { kind: 'verdict', value: 'fail' }, 'Viết khi không có mạng');
    const password = await manager(page);
    await page.goto(`${server.url}/facilities/${facility}`);
    await logIn(page, 'quanly', password);
    await page.getByTestId('hand-overs').waitFor();
    const key = page.getByTestId('hand-over');
    await key.click();
    const sheet = page.getByRole('dialog');
    const send = sheet.getByRole('button', { name: 'Chuyển', exact: true });
    await send.click();
    await sheet.getByText('Chọn một đơn vị trong danh sách').first().waitFor();
    const box = sheet.getByLabel('Đơn vị nhận');
    await box.fill('thanh liet');
    const choice = sheet.getByTestId('unit-choices').getByRole('button').first();
    const unit = (await choice.innerText()).trim();
    await choice.click();
    await sheet.getByLabel('Lý do chuyển').fill('Phân công lại địa bàn');
    await picture(page, 'hand-over', send);
    await send.click();
    const told = page.getByTestId('hand-overs');
    await told.getByText('Phân công lại địa bàn').waitFor();
    await told.getByText(`Hiện do ${unit} quản lý.`).waitFor();
    await picture(page, 'handed-over', told.getByText('Phân công lại địa bàn'));
    // The officer's phone comes back: its answer arrives first, then the record leaves.
    let status = await exchange(device);
    status = await exchange(device);
    assert.equal(status.unsent.records, 0);
    assert.deepEqual(
      status.departed.map((each) => each.unit_name),
      [unit],
    );
    await assert.rejects(device.command({ command: 'facility_sheet', id: facility }), /not_found/);
    await page.goto(`${server.url}/inspections/${id}`);
    await page.getByText('Viết khi không có mạng').first().waitFor();
    await page.getByText(server.account('canbo1').name).first().waitFor();
  } finally {
    await device.end();
    await done();
  }
});
