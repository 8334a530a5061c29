/**
 * The officer's app in a browser, on the real engine and a real server: enrol, find premises, inspect with no server in
 * reach, settle a clash with a colleague, finish, be returned, supplement, follow a finding. A picture of every screen goes
 * into docs/screenshots/officer.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { Device, Server } from '../../../tests/harness/system.mjs';
import { assertFits, launch, openPage, PHONE } from './console/browser.mjs';
import { answer, complete, exchange, officer, photograph } from './console/fieldwork.mjs';
import { dressed, settled, shoot } from './screens.mjs';
import { looking } from './town.mjs';

const PIN = '482915';

let server;
let browser;
let ha;
let long;
let page;
let done;
let inspection;
let facility;

let at;
let item;
let open;
let exchangeHere;

const saved = (code) => item(code).getByTestId('item-saved').waitFor();

before(async () => {
  server = await Server.start();
  browser = await launch();
  ha = await Device.start();
  long = await officer(server, 'canbo2', 'Máy của Long');
  ({ page, done } = await openPage(browser, { viewport: PHONE }));
  ({ at, item, open, exchangeHere } = looking(page, ha));
});

after(async () => {
  await done?.();
  await browser?.close();
  await ha?.end();
  await long?.end();
  await server?.end();
});

test('an officer enrols with a link and a PIN', async () => {
  await page.goto(ha.url);
  await settled(page);
  await shoot(page, 'enrol');
  await at('enrol-link').fill('https://example.org');
  await at('enrol-preview').click();
  await page.getByText('link_invalid').waitFor();
  await shoot(page, 'enrol-refused', { only: 'phone' });

  await at('enrol-link').fill(`  ${server.account('canbo1').link}\n`);
  await page.getByText('link_invalid').waitFor({ state: 'detached' });
  await at('enrol-preview').click();
  // A name that is too long is said where it is written, before anything is sent.
  await at('enrol-device').fill('Điện thoại '.repeat(9));
  await page.getByText('98/80 ký tự').waitFor();
  await page.getByText('Dài 98 ký tự; nhiều nhất là 80. Hãy viết ngắn lại.').waitFor();
  assert.equal(await at('enrol-device').getAttribute('aria-invalid'), 'true');
  await shoot(page, 'enrol-name-long');
  await at('enrol-pin').fill(PIN);
  await at('enrol-pin-again').fill(PIN);
  await at('enrol-submit').click();
  assert.equal(await at('enrol-device').evaluate((each) => each === document.activeElement), true);
  await at('enrol-device').fill('Máy của Hà');
  await page.getByText('nhiều nhất là 80').waitFor({ state: 'detached' });
  await at('enrol-pin').fill('123456');
  await at('enrol-pin-again').fill('123456');
  await at('enrol-submit').click();
  // A run of digits is refused, in words, and nothing was used up.
  await page.getByText('pin_invalid').waitFor();
  await at('enrol-pin').fill(PIN);
  await at('enrol-pin-again').fill(PIN);
  await shoot(page, 'enrol-pin');
  await at('enrol-submit').click();
  await page.getByRole('heading', { name: 'Hôm nay', exact: true }).waitFor();
});

test('the first exchange brings the ward; today says what is due', async () => {
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();
  await open('/');
  await page.getByText('Kiểm tra tiếp theo').waitFor();
  await shoot(page, 'today-first');
});

test('a locked device opens with its PIN only', async () => {
  await open('/settings');
  await shoot(page, 'settings');
  await page.getByRole('button', { name: 'Khóa máy ngay' }).click();
  await at('unlock-pin').fill('999999');
  await at('unlock-submit').click();
  await page.getByText('Còn 9 lần thử.').waitFor();
  await shoot(page, 'unlock');
  await at('unlock-pin').fill(PIN);
  await at('unlock-submit').click();
  await page.getByRole('heading', { name: 'Hôm nay', exact: true }).waitFor();
});

test('premises are found without diacritics, and made in under a minute', async () => {
  await open('/facilities');
  await at('facility-search').fill('khuong ha 29/70');
  await page.getByText('5 cơ sở', { exact: true }).waitFor();
  await shoot(page, 'facilities');
  const existing = await at('facility-row').first().getAttribute('data-id');

  await open('/facilities/new');
  // The same house again is shown before it is made twice.
  const known = await ha.command({ command: 'facility_sheet', id: existing });
  await page.getByLabel('Tên cơ sở').fill(known.summary.name);
  await page.getByLabel('Địa chỉ', { exact: true }).fill(known.summary.address);
  await page.getByLabel('Địa chỉ', { exact: true }).blur();
  await page.getByText('Có thể đã có cơ sở này').waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, 'facility-duplicate', { only: 'phone' });
  await page.getByLabel('Tên cơ sở').fill('Chung cư mini Thanh Bình');
  await page.getByLabel('Địa chỉ', { exact: true }).fill('Số 112 ngách 58/23 Khương Trung');
  await page.getByLabel('Địa chỉ', { exact: true }).blur();
  await page.waitForFunction(() => document.querySelector('input[name="house_number"]')?.value === '112');
  assert.equal(await page.getByLabel('Số nhà', { exact: true }).inputValue(), '112');
  assert.equal(await page.getByLabel('Ngõ', { exact: true }).inputValue(), '58');
  assert.equal(await page.getByLabel('Ngách', { exact: true }).inputValue(), '23');
  await page.getByRole('button', { name: 'Thêm Số tầng', exact: true }).click({ clickCount: 7 });
  // The place is found while one watches: given up, taken as it is, or written by hand.
  await page.context().grantPermissions(['geolocation']);
  await page.context().setGeolocation({ latitude: 20.9931, longitude: 105.8128, accuracy: 30 });
  await page.getByRole('button', { name: 'Lấy tọa độ tại đây' }).click();
  await at('locating').getByText('Sai số 30 m').waitFor();
  await shoot(page, 'position', { only: 'phone', to: at('locating') });
  await page.getByRole('button', { name: 'Hủy' }).click();
  await at('locating').waitFor({ state: 'detached' });
  assert.equal(await page.getByText('20,99310; 105,81280').count(), 0, 'what was given up is not taken');
  await page.getByRole('button', { name: 'Lấy tọa độ tại đây' }).click();
  await at('position-take-now').click();
  await page.getByText('20,99310; 105,81280').waitFor();
  await page.getByText('sai số 30 m').waitFor();
  await page.getByRole('button', { name: 'Nhập bằng tay' }).click();
  await page.getByLabel('Vĩ độ').fill('20,9912');
  await page.getByLabel('Kinh độ').fill('105,8144');
  await page.getByRole('button', { name: 'Lưu', exact: true }).click();
  await page.getByLabel('Họ và tên').fill('Phạm Thị Thanh Bình');
  await page.getByLabel('Điện thoại').fill('0000 000 112');
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, 'facility-new');
  const list = { command: 'facility_list', query: '', offset: 0, limit: 1 };
  const { total } = await ha.command(list);
  await page.getByRole('button', { name: /tạo cơ sở/i }).dblclick();
  await page.getByRole('heading', { name: 'Chung cư mini Thanh Bình' }).waitFor();
  assert.equal((await ha.command(list)).total, total + 1, 'a double press makes one');
  facility = new URL(page.url()).hash.split('/').at(-1);
  assert.notEqual(facility, existing);
  await shoot(page, 'facility-sheet');
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();
});

test('with no server in reach an inspection is answered, and every answer says that it is saved', async () => {
  await server.down();
  await open(`/facilities/${facility}`);
  await at('inspect-start').dblclick();
  await page.getByTestId('group').first().waitFor();
  inspection = new URL(page.url()).hash.split('/').at(-1);
  const { inspections } = await ha.command({ command: 'facility_sheet', id: facility });
  assert.equal(inspections.length, 1, 'a double press begins one');
  await shoot(page, 'inspection');

  await page.locator('[data-testid="group"][data-id="ESC"]').click();
  await item('ESC-01').waitFor();
  const codes = await page.getByTestId('item').evaluateAll((cards) => cards.map((card) => card.dataset.code));
  const checks = [];
  for (const code of codes) if (await item(code).getByTestId('verdict-pass').count()) checks.push(code);
  const [first, second, third, fourth] = checks;

  await item(first).getByTestId('verdict-pass').click();
  await saved(first);
  await item(second).getByTestId('verdict-fail').click();
  await saved(second);
  // A day is written as people here write it; slashes come by themselves.
  const deadline = item(second).getByRole('textbox', { name: 'Hạn khắc phục' });
  await deadline.pressSequentially('31022031');
  await item(second).getByText('Hãy nhập ngày đúng').waitFor();
  await deadline.fill('');
  await deadline.pressSequentially('05022031');
  assert.equal(await deadline.inputValue(), '05/02/2031');
  await saved(second);
  await item(second).getByRole('button', { name: '10 ngày' }).click();
  assert.match(await deadline.inputValue(), /^\d{2}\/\d{2}\/202\d$/);
  await item(second).getByRole('button', { name: 'Ghi chú' }).click();
  await item(second).getByRole('textbox', { name: 'Ghi chú' }).fill('Cửa tầng 5 khóa ngoài, chìa do bảo vệ giữ.');
  await item(second).getByRole('textbox', { name: 'Ghi chú' }).blur();
  await saved(second);
  const photo = await photograph(page, 'Lối thoát nạn tầng 5', ['#b9c2b4', '#8a5a3c']);
  await item(second)
    .getByTestId('photo-file')
    .setInputFiles({ name: 'loi-thoat.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(photo, 'base64') });
  await item(second).getByTestId('photo-thumb').waitFor();
  await saved(second);
  await item(third).getByTestId('verdict-not_applicable').click();
  await saved(third);
  await shoot(page, 'inspection-item', { to: item(second) });
  await item(second)
    .getByTestId('photo-file')
    .setInputFiles({ name: 'hong.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('không phải ảnh') });
  await item(second).getByText('photo_unreadable').waitFor();

  await item(second).getByTestId('photo-thumb').click();
  await page.getByRole('dialog').locator('img').waitFor();
  await shoot(page, 'inspection-photo');
  await page.keyboard.press('Escape');
  await item(fourth).getByRole('button', { name: 'Căn cứ' }).click();
  await page.getByRole('dialog').waitFor();
  await shoot(page, 'inspection-law');
  await page.keyboard.press('Escape');

  // What was said to be saved is there for another window.
  await page.reload();
  await settled(page);
  assert.equal(await item(first).getByTestId('verdict-pass').getAttribute('aria-pressed'), 'true');
  assert.equal(await item(second).getByTestId('verdict-fail').getAttribute('aria-pressed'), 'true');

  await open('/exchange');
  await at('exchange-now').click();
  await page.getByText('server_unreachable').waitFor();
  await page.locator('[data-safe="false"]').waitFor();
  // Between two tries of its own; while one runs the light says that it tries.
  await page
    .locator('main')
    .getByTestId('sync-light')
    .getByText(/Còn \d+ hồ sơ, 1 ảnh chưa gửi/)
    .waitFor();
  await shoot(page, 'exchange-offline');
  // What cannot be sent goes into a file, and counts as unsent all the same.
  const [download] = await Promise.all([page.waitForEvent('download'), at('courier-export').click()]);
  assert.match(download.suggestedFilename(), /^ancu-\d{8}-\d{6}-[0-9a-f]{4}\.ancu$/);
  const file = await readFile(await download.path());
  assert.equal(file.subarray(0, 6).toString(), 'ANCUCB');
  await at('courier-exported').waitFor();
  await server.up();
});

test('two officers answer one question differently; one tap settles it', async () => {
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();
  await exchange(long);
  await answer(long, inspection, 'REC-01', { kind: 'verdict', value: 'fail' }, 'Hồ sơ thiếu biên bản nghiệm thu.');
  await exchange(long);

  // Hà has not heard of it.
  await server.down();
  await open(`/inspections/${inspection}/s/REC`);
  await item('REC-01').getByTestId('verdict-pass').click();
  await saved('REC-01');
  await server.up();
  await exchangeHere();
  await open('/');
  await page.getByText('Mâu thuẫn cần chọn').waitFor();
  await shoot(page, 'today');
  await open('/clashes');
  await page.getByText('Hồ sơ thiếu biên bản nghiệm thu.').waitFor();
  await shoot(page, 'clashes');
  await open(`/inspections/${inspection}/s/REC`);
  await item('REC-01').getByText('giữ câu trả lời nào?').waitFor();
  await shoot(page, 'inspection-clash');
  await item('REC-01')
    .getByTestId('clash-side')
    .filter({ hasText: 'Hồ sơ thiếu biên bản nghiệm thu.' })
    .getByRole('button', { name: 'Giữ câu trả lời này' })
    .click();
  await item('REC-01').getByText('giữ câu trả lời nào?').waitFor({ state: 'detached' });
  // The colleague's answer stands: it failed, so what follows is written here.
  await item('REC-01').getByRole('button', { name: '20 ngày' }).click();
  await saved('REC-01');
  await open('/clashes');
  await page.getByText('Không có mâu thuẫn').waitFor();
});

test('what is missing is listed with jumps; a complete record is sealed', async () => {
  await open(`/inspections/${inspection}/finish`);
  await page.getByText(/Còn thiếu ở \d+ chỗ/).waitFor();
  await shoot(page, 'finish-missing');
  await page.locator('[data-list="missing"] a').first().click();
  await item(await page.evaluate(() => location.hash.split('item=')[1])).waitFor();

  // The rest by the same engine's commands: 127 questions by hand would only be slow.
  const template = await ha.command({
    command: 'template',
    ...(await ha.command({ command: 'inspection_open', id: inspection })).summary.template,
  });
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  const missing = await ha.command({ command: 'inspection_missing', id: inspection });
  assert.ok(missing.length > 50, `${missing.length} missing`);
  await fillUp(ha, inspection, template, photos);

  await open(`/inspections/${inspection}/finish`);
  await at('finish-seal').waitFor();
  await shoot(page, 'finish-seal');
  await at('finish-seal').click();
  await at('finish-sure').click();
  await page.getByRole('heading', { name: 'Đã ký, đã khóa' }).waitFor();
  await shoot(page, 'finish-sealed');
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();
  await shoot(page, 'exchange');
});

/** Answers what has no answer and takes the photos that are asked for; does not seal. */
async function fillUp(device, id, template, photos) {
  const finish = {
    ...device,
    command: (command) => (command.command === 'inspection_finish' ? null : device.command(command)),
  };
  await complete(finish, { id, items: template.groups.flatMap((group) => group.items) }, { photos });
}

test('a returned record shows the words at the question, and is supplemented', async () => {
  const reviewer = await server.console('duyet1');
  const sent = await reviewer('GET', `/api/v1/inspections/${inspection}`);
  await reviewer('POST', `/api/v1/inspections/${inspection}/decision`, {
    decision: 'returned',
    on: sent.newest_sealed,
    words: 'Cần đo lại và chụp rõ lối thoát nạn.',
    comments: [{ item: 'ESC-01', words: 'Ảnh quá tối, không thấy cửa. Chụp lại giúp.' }],
  });
  await exchangeHere();
  await open('/');
  await page.getByText('Cần đo lại và chụp rõ lối thoát nạn.').waitFor();
  await open(`/inspections/${inspection}`);
  await page.getByText('Ảnh quá tối, không thấy cửa. Chụp lại giúp.').first().waitFor();
  await shoot(page, 'returned');
  await page
    .getByRole('link', { name: /Ảnh quá tối/ })
    .first()
    .click();
  await item('ESC-01').locator('[data-comment]').waitFor();
  await item('ESC-01').getByRole('button', { name: 'Ghi chú' }).click();
  await item('ESC-01').getByRole('textbox', { name: 'Ghi chú' }).fill('Đã đo lại: hai lối, mỗi lối rộng 1,2 m.');
  await item('ESC-01').getByRole('textbox', { name: 'Ghi chú' }).blur();
  await saved('ESC-01');
  await shoot(page, 'returned-item', { to: item('ESC-01') });
  await open(`/inspections/${inspection}/finish`);
  await at('finish-seal').click();
  await at('finish-sure').click();
  await page.getByRole('heading', { name: 'Đã ký, đã khóa' }).waitFor();
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();
  const seen = await reviewer('GET', `/api/v1/inspections/${inspection}`);
  assert.equal(seen.summary.state, 'supplemented');
  await reviewer('POST', `/api/v1/inspections/${inspection}/decision`, {
    decision: 'approved',
    on: seen.newest_sealed,
    words: 'Đầy đủ.',
    comments: [],
  });
  await exchangeHere();
  await open(`/inspections/${inspection}`);
  await page.getByText('Biên bản đã được duyệt.').first().waitFor();
  await shoot(page, 'approved');
});

test('a supplement is begun on a record that nobody returned: what is signed stays, the reviewer decides again', async () => {
  const seen = (testid) => at(testid).filter({ visible: true }).first();
  const code = 'ELE-02';
  const signed = (await ha.command({ command: 'inspection_open', id: inspection })).newest_sealed;

  // Begun where somebody wants to change an answer, and given up again: nothing came of it.
  await open(`/inspections/${inspection}/s/ELE`);
  await item(code).waitFor();
  assert.equal(await item(code).getByTestId('verdict-pass').count(), 0, 'a sealed answer has no keys');
  await seen('supplement').click();
  const sheet = page.getByRole('dialog');
  await sheet.getByText('giữ nguyên, không ai sửa được').waitFor();
  await sheet.getByText('người duyệt xem phần bổ sung và quyết định lại').waitFor();
  await page.locator('[data-testid="supplement-sure"]:not([disabled])').waitFor();
  await shoot(page, 'supplement-ask');
  await at('supplement-sure').filter({ visible: true }).click();
  await item(code).getByTestId('verdict-pass').waitFor();
  await open(`/inspections/${inspection}`);
  await seen('supplement-blank').waitFor();
  assert.equal(await at('onward').filter({ visible: true }).count(), 0, 'there is nothing to be signed yet');
  await open(`/inspections/${inspection}/finish`);
  await page.getByText('Biên bản bổ sung chưa có gì').waitFor();
  await open('/');
  await at('late-row').getByText('chưa có gì').waitFor();
  await open(`/inspections/${inspection}`);
  await page.getByRole('button', { name: 'Bỏ biên bản bổ sung' }).filter({ visible: true }).click();
  await at('late-discard').filter({ visible: true }).click();
  await seen('supplement').waitFor();
  assert.equal(await at('supplement-blank').count(), 0);

  // Begun on the overview, written in, signed, sent.
  await seen('supplement').click();
  await at('supplement-sure').filter({ visible: true }).dblclick();
  await seen('supplement-blank').waitFor();
  await open(`/inspections/${inspection}/s/ELE`);
  await item(code).getByTestId('verdict-not_applicable').click();
  await saved(code);
  await open(`/inspections/${inspection}`);
  await page.locator('[data-testid="late"][data-correction="true"]').filter({ visible: true }).waitFor();
  await page.locator(`[data-testid="late-items"] [data-code="${code}"]`).filter({ visible: true }).waitFor();
  await shoot(page, 'supplement');
  await seen('onward').click();
  await at('finish-seal').click();
  await at('finish-sure').click();
  await page.getByRole('heading', { name: 'Đã ký, đã khóa' }).waitFor();
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();

  const reviewer = await server.console('duyet1');
  const sent = await reviewer('GET', `/api/v1/inspections/${inspection}`);
  assert.equal(sent.summary.state, 'supplemented');
  assert.ok(sent.summary.approved_before, 'that it was approved before stays known');
  assert.notEqual(sent.newest_sealed, signed);
  const changed = sent.items.find((each) => each.code === code);
  assert.equal(changed.statements[0].answer.value, 'not_applicable');
  assert.equal(changed.superseded[0].answer.value, 'pass', 'what was signed first is kept');
  await open(`/inspections/${inspection}`);
  await page.getByText('đang chờ duyệt phần bổ sung').filter({ visible: true }).first().waitFor();
  await reviewer('POST', `/api/v1/inspections/${inspection}/decision`, {
    decision: 'approved',
    on: sent.newest_sealed,
    words: 'Duyệt cả phần bổ sung.',
    comments: [],
  });
  await exchangeHere();
  await open(`/inspections/${inspection}`);
  await page.getByText('Duyệt cả phần bổ sung.').filter({ visible: true }).first().waitFor();
});

test('a finding is followed to its end: promised, remedied with a photo, seen; the console lists it', async () => {
  await open(`/facilities/${facility}`);
  const row = page.locator('[data-testid="findings"] [data-testid="finding-row"][data-id="REC-01"]');
  await row.waitFor();
  await row.getByText('Chưa khắc phục').waitFor();
  await at('reinspect')
    .getByRole('button', { name: /^5 ngày làm việc/ })
    .click();
  await at('reinspect')
    .getByText(/Hẹn phúc tra ngày \d{2}\/\d{2}\/\d{4}/)
    .waitFor();
  await shoot(page, 'findings', { to: at('reinspect') });
  await row.click();
  await at('step-committed').click();
  await at('step-save').click();
  await page.getByText('Hãy ghi tên người đại diện cam kết.').waitFor();
  await page.getByLabel('Người đại diện cơ sở').fill('Bà Phạm Thu Hà');
  const nameless = page.getByText('Hãy ghi tên người đại diện cam kết.');
  assert.equal(await nameless.count(), 0, 'what is filled in is not asked for');
  // A day that is typed over with none is not sent as it was before.
  const until = page.getByRole('textbox', { name: 'Hẹn xong chậm nhất ngày' });
  await until.pressSequentially('31122027');
  await until.fill('31/02/2028');
  await at('step-save').click();
  await page.getByText('Hãy nhập ngày đúng, theo thứ tự ngày/tháng/năm.').waitFor();
  assert.equal(await page.locator('[data-state="commitment_signed"]').count(), 0, 'nothing was sent');
  await until.fill('');
  await until.pressSequentially('31122027');
  await at('until-after-deadline').getByText('31/12/2027 muộn hơn hạn khắc phục').waitFor();
  await shoot(page, 'finding-commit');
  // By hand and with Enter at once.
  await at('step-save').evaluate((key) => [key.click(), key.click()]);
  await page.locator('[data-state="commitment_signed"]').waitFor();
  await at('step-reported').click();
  const after = await photograph(page, 'Hồ sơ đã lập', ['#c9c4b8', '#5b6b66']);
  await page
    .locator('input[name="step-photo"]')
    .setInputFiles({ name: 'sau.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(after, 'base64') });
  await page.getByRole('dialog').first().getByTestId('photo-thumb').waitFor();
  await at('step-save').dblclick();
  await page.locator('[data-state="reported_done"]').waitFor();
  await at('step-verified').click();
  await at('step-save').dblclick();
  await page.locator('[data-state="verified_done"]').waitFor();
  assert.deepEqual(await page.locator('[data-step]').evaluateAll((steps) => steps.map((step) => step.dataset.step)), [
    'committed',
    'reported',
    'verified',
  ]);
  await shoot(page, 'finding');
  await exchangeHere();
  await page.locator('[data-safe="true"]').waitFor();
  const reviewer = await server.console('duyet1');
  const closed = await reviewer('GET', `/api/v1/findings?state=closed&facility=${facility}`);
  assert.deepEqual(
    closed.items.map((each) => [each.item, each.state]),
    [['REC-01', 'verified_done']],
  );
});

test('night, English, large text and a small phone hold the same screens', async () => {
  await open('/');
  await dressed(page, { night: true }, async () => {
    await shoot(page, 'today-night');
    await open(`/inspections/${inspection}/s/ESC`);
    await shoot(page, 'inspection-night');
  });
  await open('/');
  await dressed(page, { english: true }, async () => {
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await shoot(page, 'today-english');
    await open('/exchange');
    await shoot(page, 'exchange-english', { only: 'phone' });
  });
  await dressed(page, { text: 'largest' }, async () => {
    await open(`/facilities/${facility}`);
    await shoot(page, 'facility-sheet-large', { only: 'phone' });
    for (const place of ['/', '/facilities', `/inspections/${inspection}/s/ESC`, '/exchange', '/settings']) {
      await open(place);
      await assertFits(page);
    }
  });
  await page.setViewportSize({ width: 360, height: 640 });
  for (const place of [
    '/',
    '/facilities',
    `/facilities/${facility}`,
    `/inspections/${inspection}/s/ESC`,
    '/exchange',
  ]) {
    await open(place);
    await assertFits(page);
    const small = await page
      .locator('a:visible, button:visible, label:has(input[type=file]):visible')
      .evaluateAll((keys) =>
        keys
          .map((key) => ({ box: key.getBoundingClientRect(), words: key.textContent?.trim() }))
          .filter(({ box }) => box.width > 1 && (box.height < 47.5 || box.width < 44))
          .map(({ box, words }) => `${words} ${box.width}×${box.height}`),
      );
    assert.deepEqual(small, [], `targets at ${place}`);
  }
  await page.setViewportSize(PHONE);
});

test('the catalogue shows every component in light and night', async () => {
  await open('/catalogue');
  await at('catalogue').waitFor();
  await shoot(page, 'catalogue', { only: 'laptop' });
  await dressed(page, { night: true }, () => shoot(page, 'catalogue-night', { only: 'laptop' }));
});
