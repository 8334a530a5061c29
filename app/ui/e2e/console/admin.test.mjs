/**
 * The administrator's console against a real server: a post is given and ended, a password set anew, an account closed; each
 * says what it does before its key is pressed, and whoever it is about is out where it says so. Pictures of the sheets go into
 * docs/screenshots/console.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Server } from '../../../../tests/harness/system.mjs';
import { shrink } from '../png.mjs';
import { PHONE, WIDE, assertFits, launch, openPage } from './browser.mjs';
import { answer, officer, startFree } from './fieldwork.mjs';

const PICTURES = fileURLToPath(new URL('../../../../docs/screenshots/console/', import.meta.url));
const DAY = 86_400_000;
const TABLET = 'Máy tính bảng hiện trường 2';
/** A day in Hà Nội so many days from now, as people write it. */
const dayFromNow = (days) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh' }).format(Date.now() + days * DAY);

let server;
let browser;
let tablet;

before(async () => {
  await mkdir(PICTURES, { recursive: true });
  [server, browser] = await Promise.all([Server.start(), launch()]);
  tablet = await officer(server, 'canbo2', TABLET);
});

after(async () => {
  await Promise.all([browser?.close(), tablet?.end()]);
  await server?.end();
});

const nameOf = (username) => server.account(username).name;

async function logIn(page, username, password = server.account(username).password) {
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
}

/** The list of accounts, as the administrator sees it; on a telephone, until its pictures were taken. */
async function accounts() {
  const opened = await openPage(browser, { viewport: PHONE });
  await opened.page.goto(`${server.url}/users`);
  await logIn(opened.page, 'quantri');
  await opened.page.getByTestId('users').waitFor();
  return opened;
}

const rowOf = (page, username) =>
  page
    .getByTestId('users')
    .locator(':scope > li')
    .filter({ hasText: nameOf(username) });

/** A picture of what is open, on a telephone and on a laptop; nothing sticks out, and the key that is asked about is in sight. */
async function pictures(page, name, key) {
  for (const viewport of [PHONE, WIDE]) {
    await page.setViewportSize(viewport);
    await assertFits(page);
    // Its key answers only after a moment, and is pale until then.
    await key.click({ trial: true });
    const { y, height } = await key.boundingBox();
    assert.ok(y >= 0 && y + height <= viewport.height, `${name}: its key is in sight at ${viewport.width}`);
    await writeFile(
      `${PICTURES}${name}-${viewport.width}x${viewport.height}.png`,
      shrink(await page.screenshot({ animations: 'disabled' })),
    );
  }
}

/** What was refused stands above the key that was pressed, and both are in sight. */
async function refusedAbove(dialog, key, words) {
  const told = dialog.getByTestId('key-refusal').getByRole('alert');
  await told.getByText(words).waitFor();
  const [above, below] = [await told.boundingBox(), await key.boundingBox()];
  assert.ok(above.y + above.height <= below.y + 1, 'the refusal stands above its key');
  assert.ok(above.y >= 0, 'and is in sight');
}

test('a post is given, refused where it overlaps with one that is named, and ended on a day', async () => {
  const { page, done } = await accounts();
  const name = nameOf('canbo1');
  await page.getByRole('button', { name: `Giao nhiệm vụ: ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Đơn vị').fill('khuong dinh');
  await dialog.getByRole('button', { name: /Phường Khương Đình/ }).click();
  const give = dialog.getByRole('button', { name: 'Giao nhiệm vụ', exact: true });
  await give.click();
  const overlap = dialog.getByText(
    /Trùng ngày với nhiệm vụ đã giao: Cán bộ cấp xã, Phường Khương Đình, từ ngày 01\/07\/2025, chưa có ngày kết thúc/,
  );
  await overlap.waitFor();
  const from = dialog.getByLabel('Từ ngày', { exact: true });
  assert.equal(await from.getAttribute('aria-invalid'), 'true', 'the refusal stands at its field');
  assert.equal(await dialog.getByTestId('key-refusal').count(), 0, 'and only there');
  await pictures(page, 'post-overlap', give);
  assert.ok(await overlap.isVisible());
  await dialog.getByLabel('Vai trò').selectOption({ label: 'Cán bộ Đội khu vực' });
  // With another role the unit is chosen again, among those where it may be held.
  await dialog.getByRole('button', { name: /Phường Khương Đình/ }).click();
  await give.click();
  await dialog.waitFor({ state: 'detached' });
  const given = rowOf(page, 'canbo1').getByText('Cán bộ Đội khu vực');
  await given.waitFor();

  await page.getByRole('button', { name: `Kết thúc: ${name}, Cán bộ Đội khu vực, Phường Khương Đình` }).click();
  const end = dialog.getByRole('button', { name: 'Kết thúc', exact: true });
  await dialog.getByTestId('last-day').getByText('Nhiệm vụ này hết hiệu lực ngay.').waitFor();
  await dialog.getByLabel('Không còn giữ từ ngày', { exact: true }).fill(dayFromNow(10));
  await dialog
    .getByTestId('last-day')
    .getByText(`Ngày cuối còn giữ: ${dayFromNow(9)}`)
    .waitFor();
  await dialog.getByText(`Từ ngày đó ${name} không xem và không ghi hồ sơ của Phường Khương Đình nữa`).waitFor();
  await dialog.getByText('Việc đến máy chủ từ ngày đó bị giữ lại').waitFor();
  await dialog.getByTestId('their-devices').getByText('Không có máy nào đang dùng.').waitFor();
  await pictures(page, 'end-post', end);
  await end.click();
  await dialog.waitFor({ state: 'detached' });
  await rowOf(page, 'canbo1')
    .getByText(`đến trước ${dayFromNow(10)}`)
    .waitFor();
  await done();
});

test('a forgotten password is replaced by one that is shown once; whoever was logged in is out', async () => {
  const theirs = await openPage(browser);
  await theirs.page.goto(server.url);
  await logIn(theirs.page, 'duyet1');
  await theirs.page.getByTestId('waiting').waitFor();

  const { page, done } = await accounts();
  const name = nameOf('duyet1');
  await rowOf(page, 'duyet1')
    .getByRole('button', { name: /^Việc khác/ })
    .click();
  await page.getByRole('button', { name: `Đặt lại mật khẩu: ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Mật khẩu cũ thôi dùng được').waitFor();
  await dialog.getByText('máy mở bằng mã PIN của máy').waitFor();
  const reset = dialog.getByRole('button', { name: 'Đặt lại mật khẩu' });
  await pictures(page, 'reset-password', reset);
  await reset.click();
  await page.getByRole('heading', { name: `Mật khẩu mới của ${name}` }).waitFor();
  const password = await dialog.locator('p.select-all').innerText();
  await dialog.getByText('chỉ hiện một lần').waitFor();
  await dialog.getByRole('button', { name: 'Xong' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.getByText(password).count(), 0, 'it is shown once');
  await done();

  await theirs.page.reload();
  await theirs.page.getByRole('heading', { name: 'Đăng nhập' }).waitFor();
  await logIn(theirs.page, 'duyet1');
  await theirs.page.getByText('Tên đăng nhập hoặc mật khẩu không đúng.').waitFor();
  await logIn(theirs.page, 'duyet1', password);
  await theirs.page.getByTestId('waiting').waitFor();
  await theirs.done();
});

test('an account is closed after what that does was read, and its device is turned away', async () => {
  const { page, done } = await accounts();
  const name = nameOf('canbo2');
  await rowOf(page, 'canbo2')
    .getByRole('button', { name: /^Việc khác/ })
    .click();
  await page.getByRole('button', { name: `Đóng tài khoản: ${name}` }).click();
  const dialog = page.getByRole('dialog');
  const told = dialog.getByTestId('their-devices');
  await told.getByText(TABLET).waitFor();
  assert.match(await told.innerText(), /đã gửi hết/);
  for (const words of ['Không đăng nhập được nữa', 'Việc chưa gửi vẫn nằm trên máy', 'Không mở lại được'])
    await dialog.getByText(words).waitFor();
  const close = dialog.getByRole('button', { name: 'Đóng tài khoản' });
  await pictures(page, 'close-account', close);
  await close.click();
  await dialog.waitFor({ state: 'detached' });
  const row = rowOf(page, 'canbo2');
  await row.getByText(`Đã đóng ngày ${dayFromNow(0)}`).waitFor();
  assert.equal(await row.getByRole('button').count(), 0, 'nothing more is given to it');
  const { exchange: last } = await tablet.command({ command: 'exchange_wait' });
  assert.equal(last.problem.code, 'device_revoked');
  await page.getByRole('link', { name: 'Thiết bị' }).click();
  const device = page.getByTestId('devices').locator(':scope > li').filter({ hasText: TABLET });
  await device.getByText(`Tài khoản đã đóng ${dayFromNow(0)}`).waitFor();
  await page.getByRole('link', { name: 'Nhật ký' }).click();
  const audit = page.getByTestId('audit');
  const closed = audit.locator(':scope > li').filter({ hasText: 'Đóng tài khoản' });
  await closed.getByText('Đóng tài khoản', { exact: true }).click();
  const words = closed.getByTestId('in-words');
  await words.getByText(name).waitFor();
  await words.getByText('canbo2', { exact: true }).waitFor();
  assert.equal(
    await closed.getByTestId('as-recorded').isVisible(),
    false,
    'what is checked by machines is folded away',
  );
  await pictures(page, 'audit-entry', words);
  await done();
});

test('a log-in that was refused is in the audit, without what was typed', async () => {
  const stranger = await openPage(browser, { viewport: PHONE });
  await stranger.page.goto(server.url);
  await logIn(stranger.page, 'duyet1', 'Sai-mat-khau-1');
  await stranger.page.getByText('Tên đăng nhập hoặc mật khẩu không đúng.').waitFor();
  await stranger.done();
  const { page, done } = await accounts();
  await page.goto(`${server.url}/audit`);
  const refused = page.getByTestId('audit').locator(':scope > li').filter({ hasText: 'Đăng nhập không thành' }).first();
  await refused.getByText('Đăng nhập không thành').click();
  for (const words of [nameOf('duyet1'), '127.0.0.1']) await refused.getByTestId('in-words').getByText(words).waitFor();
  assert.match(await refused.innerText(), /Người chưa đăng nhập/);
  assert.equal(await page.getByText('Sai-mat-khau-1').count(), 0);
  await done();
});

test('the audit is narrowed to one kind of action', async () => {
  const { page, done } = await accounts();
  await page.goto(`${server.url}/audit`);
  const rows = page.getByTestId('audit').locator(':scope > li');
  await rows.first().waitFor();
  await page.getByLabel('Loại việc').selectOption({ label: 'Thiết bị' });
  await page.waitForURL(/kind=device/);
  await rows.getByText('Đăng nhập', { exact: true }).first().waitFor({ state: 'detached' });
  await rows.getByText('Đăng ký máy').first().waitFor();
  for (const words of await rows.allInnerTexts()) assert.match(words, /máy/i);
  for (const viewport of [PHONE, WIDE]) {
    await page.setViewportSize(viewport);
    await assertFits(page);
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-audit-${viewport.width}.png` });
  }
  await page.getByLabel('Loại việc').selectOption({ label: 'Ảnh' });
  await page.waitForURL(/kind=photo/);
  await done();
});

test('the last administrator is neither closed nor loses the post', async () => {
  const { page, done } = await accounts();
  const name = nameOf('quantri');
  await rowOf(page, 'quantri')
    .getByRole('button', { name: /^Việc khác/ })
    .click();
  await page.getByRole('button', { name: `Đóng tài khoản: ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Đây là tài khoản của chính bạn.').waitFor();
  const close = dialog.getByRole('button', { name: 'Đóng tài khoản' });
  await close.click();
  const nobody = /sẽ không còn tài khoản nào giữ nhiệm vụ Quản trị hệ thống/;
  await refusedAbove(dialog, close, nobody);
  await pictures(page, 'last-administrator', close);
  await dialog.getByRole('button', { name: 'Hủy' }).click();
  await page.getByRole('button', { name: `Kết thúc: ${name}, Quản trị hệ thống, Thành phố Hà Nội` }).click();
  const end = dialog.getByRole('button', { name: 'Kết thúc', exact: true });
  await end.click();
  await refusedAbove(dialog, end, nobody);
  await dialog.getByRole('button', { name: 'Hủy' }).click();
  assert.equal(await rowOf(page, 'quantri').getByText('Đã đóng').count(), 0);
  await done();
});

test("a courier's file is taken in, its receipt told of and saved; what is no such file is refused in words", async () => {
  const { page, done } = await openPage(browser, { viewport: PHONE });
  const folder = await mkdtemp(join(tmpdir(), 'ancu-courier-'));
  const file = join(folder, 'phan-chua-gui.ancu');
  const bringer = await officer(server, 'canbo1', 'Máy ở hầm');
  try {
    const { id } = await startFree(bringer);
    await answer(bringer, id, 'ESC-10', { kind: 'verdict', value: 'fail' }, 'Đi bằng tệp');
    await bringer.command({ command: 'courier_export', file });
    await page.goto(`${server.url}/devices`);
    await logIn(page, 'quantri');
    const card = page.getByTestId('courier-file');
    const box = card.locator('input[type=file]');
    await box.setInputFiles({
      name: 'la.ancu',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('khong phai'),
    });
    await card.getByRole('alert').getByText('courier_unknown').waitFor();
    await box.setInputFiles(file);
    const taken = page.getByTestId('courier-taken');
    await taken.getByText(`Đã nhận tệp của ${nameOf('canbo1')} (Máy ở hầm)`).waitFor();
    await taken.getByText(/phần mới đã vào hồ sơ/).waitFor();
    assert.equal(await card.getByRole('alert').count(), 0);
    const key = page.getByTestId('courier-receipt');
    await pictures(page, 'courier-file', key);
    const [download] = await Promise.all([page.waitForEvent('download'), key.click()]);
    assert.match(download.suggestedFilename(), /^bien-nhan-.*\.ancu$/);
    const receipt = join(folder, 'bien-nhan.ancu');
    await download.saveAs(receipt);
    const safe = async () => (await bringer.command({ command: 'status' })).safe_to_wipe;
    assert.equal(await safe(), false, 'unsent until it has the receipt');
    await bringer.command({ command: 'courier_take', file: receipt });
    assert.equal(await safe(), true);
    // Brought once more: nothing is new.
    await box.setInputFiles(file);
    await taken.getByText(/máy chủ đã có từ trước/).waitFor();
    assert.equal(await taken.getByText(/phần mới/).count(), 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await bringer.end();
    await done();
  }
});

test('whoever sets the own password anew reads the new one and logs in with it', async () => {
  const { page, done } = await accounts();
  const name = nameOf('quantri');
  await rowOf(page, 'quantri')
    .getByRole('button', { name: /^Việc khác/ })
    .click();
  await page.getByRole('button', { name: `Đặt lại mật khẩu: ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('bạn đăng nhập lại bằng mật khẩu đó').waitFor();
  await dialog.getByRole('button', { name: 'Đặt lại mật khẩu' }).click();
  await page.getByRole('heading', { name: `Mật khẩu mới của ${name}` }).waitFor();
  const password = await dialog.locator('p.select-all').innerText();
  await dialog.getByRole('button', { name: 'Xong' }).click();
  await page.getByText('Phiên làm việc đã hết.').waitFor();
  await logIn(page, 'quantri', password);
  await page.getByTestId('users').waitFor();
  await done();
});
