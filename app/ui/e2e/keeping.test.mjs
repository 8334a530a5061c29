/**
 * Nothing that a person wrote is lost, and nothing is done for good at one tap: words save themselves while they are
 * written, a signature is asked for once more, a photo is taken out after a question, an answer can be had back.
 */
import assert from 'node:assert/strict';
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { openPage, PHONE, WIDE } from './console/browser.mjs';
import { complete, exchange, fail, head, photograph } from './console/fieldwork.mjs';
import { settled, shoot } from './screens.mjs';
import { until, visit } from './town.mjs';

const CODE = 'ELE-03';
const OTHER = 'ELE-04';
const BARE = 'ELE-05';

const { server, ha, long, browser, page, inspection, items, at, item, held, note, open, end } = await visit();

after(end);

test('a note saves itself while it is written, and the card never calls saved what is not', async () => {
  await open(`/inspections/${inspection}/s/ELE`);
  await item(CODE).getByTestId('verdict-pass').click();
  await item(CODE).getByTestId('item-saved').waitFor();
  await item(CODE).getByRole('button', { name: 'Ghi chú' }).click();
  const box = item(CODE).getByRole('textbox', { name: 'Ghi chú' });
  await box.press('d');
  await item(CODE).locator('[data-save="saving"]').waitFor();
  // Somebody who does not stop writing: what was written is there all the same.
  let kept = '';
  for (let count = 0; kept === '' && count < 200; count += 1) {
    await box.pressSequentially('ây ', { delay: 40 });
    kept = await note(CODE);
  }
  assert.match(kept, /^dây/, 'saved without a pause');
  await item(CODE).getByTestId('item-saved').waitFor();
  assert.equal(await note(CODE), (await box.inputValue()).trim());
  assert.match(await box.inputValue(), / $/, 'what is being written is not changed under the hand');
});

test('a page that is loaded again, left or put away loses nothing', async () => {
  const box = () => item(CODE).getByRole('textbox', { name: 'Ghi chú' });
  await box().fill('Dây cũ, chưa thay');
  await page.reload();
  await until(() => note(CODE), 'Dây cũ, chưa thay');
  await settled(page);
  assert.equal(await box().inputValue(), 'Dây cũ, chưa thay');

  await box().fill('Dây cũ, đã hẹn thay');
  await page.evaluate(() => (location.hash = location.hash.replace('/ELE', '/ESC')));
  await until(() => note(CODE), 'Dây cũ, đã hẹn thay');

  await open(`/inspections/${inspection}/s/ELE`);
  await box().fill('Đã thay một nửa');
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until(() => note(CODE), 'Đã thay một nửa');
  await page.reload();
  await settled(page);

  // The remedy is written the same way, and goes with a verdict that is pressed at once after a note.
  await item(OTHER).getByTestId('verdict-fail').click();
  const remedy = item(OTHER).locator(`textarea[name="remedy-${OTHER}"]`);
  await remedy.fill('Thay dây dẫn tầng 2');
  await item(OTHER).locator('[data-save="saving"]').waitFor();
  await page.reload();
  await until(async () => (await held(OTHER))?.finding?.remedy, 'Thay dây dẫn tầng 2');
  await settled(page);
  await item(OTHER).getByRole('button', { name: '20 ngày' }).click();
  await item(OTHER).getByTestId('item-saved').waitFor();
  await box().fill('Thay xong');
  await item(CODE).getByTestId('verdict-not_applicable').click();
  // The note goes first, then the verdict, with the note.
  await until(async () => (await held(CODE)).statements[0].answer.value, 'not_applicable');
  assert.equal(await note(CODE), 'Thay xong');
});

test('the next question stays where it is when this one is answered', async () => {
  await open(`/inspections/${inspection}/s/ESC`);
  const checks = await page
    .getByTestId('item')
    .filter({ has: page.getByTestId('verdict-pass') })
    .evaluateAll((cards) => cards.map((card) => card.dataset.code));
  const top = (code) => item(code).evaluate((card) => card.getBoundingClientRect().top + scrollY);
  const before_ = await top(checks[1]);
  await item(checks[0]).getByTestId('verdict-pass').click();
  await item(checks[0]).getByTestId('item-saved').waitFor();
  assert.equal(await top(checks[1]), before_);
});

test('an answer that was taken away can be had back', async () => {
  const choice = items.find((each) => each.input.type === 'text');
  const { groups } = await ha.command({
    command: 'template',
    ...(await ha.command({ command: 'inspection_open', id: inspection })).summary.template,
  });
  const group = groups.find((each) => each.items.some((one) => one.code === choice.code));
  await open(`/inspections/${inspection}/s/${group.code}?item=${choice.code}`);
  const box = item(choice.code).getByRole('textbox');
  await box.fill('Số 214/GPXD');
  await box.blur();
  await item(choice.code).getByTestId('item-saved').waitFor();
  await item(choice.code).getByRole('button', { name: 'Xóa câu trả lời' }).click();
  await until(async () => (await held(choice.code)).statements[0].answer, null);
  await item(choice.code).getByTestId('undo-clear').click();
  await until(async () => (await held(choice.code)).statements[0].answer?.value, 'Số 214/GPXD');
  await until(() => box.inputValue(), 'Số 214/GPXD');
});

test('a photo says where it is; it is taken out after a question that names whose it is', async () => {
  const drawn = await photograph(page, 'Tủ điện', ['#b9c2b4', '#8a5a3c']);
  const add = (device, code) =>
    device.command({ command: 'photo_add', inspection, item: code, file_name: 'a.jpg', data_base64: drawn });
  // While the server is there, the device sends it before anybody can look.
  await server.down();
  await add(ha, CODE);
  await open(`/inspections/${inspection}/s/ELE?item=${CODE}`);
  // It was added behind the page's back.
  await page.reload();
  await item(CODE).locator('[data-mark="unsent"]').waitFor();
  await server.up();
  const other = await photograph(page, 'Tủ điện tầng 2', ['#c9b2b4', '#5a8a3c']);
  await long.command({ command: 'photo_add', inspection, item: CODE, file_name: 'b.jpg', data_base64: other });
  await exchange(long);
  await exchange(ha);
  await page.reload();
  await settled(page);
  await item(CODE).locator('[data-mark="received"]').waitFor();
  assert.equal(await item(CODE).getByTestId('photo-thumb').count(), 2);
  assert.equal(
    await item(CODE).locator('[data-mark]').count(),
    1,
    'of a colleague’s photo nothing is said to be unsent',
  );
  const theirs = item(CODE)
    .getByTestId('photo-thumb')
    .filter({ hasNot: page.locator('[data-mark]') });
  assert.match(await theirs.getAttribute('aria-label'), /Ảnh của Lê Hoàng Long|Ảnh của /);

  await theirs.click();
  const zoom = page.getByTestId('zoom');
  await zoom.waitFor();
  assert.equal(await zoom.getAttribute('data-scale'), '1.00');
  await zoom.getByRole('button', { name: /^Xem lớn/ }).click();
  assert.ok(Number(await zoom.getAttribute('data-scale')) >= 2);
  await zoom.getByRole('button', { name: /^Xem cả ảnh/ }).click();
  await page.getByTestId('photo-remove').click();
  await page.getByRole('heading', { name: /^Bỏ ảnh của .+ khỏi biên bản\?$/ }).waitFor();
  assert.ok(await page.getByTestId('photo-remove-sure').isDisabled(), 'a second tap answers nothing');
  assert.equal((await held(CODE)).photos.length, 2);
  await page.getByTestId('photo-remove-sure').click();
  await until(async () => (await held(CODE)).photos.length, 1);
});

test('a photo that is too large, or empty, is refused at once and unread; nothing waits behind it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ancu-photo-'));
  const large = join(folder, 'toa-nha.jpg');
  const file = await openFile(large, 'w');
  // A hole: it takes no room on the disk.
  await file.truncate(300 * 1024 * 1024);
  await file.close();
  try {
    await open(`/inspections/${inspection}/s/ELE?item=${CODE}`);
    await page.evaluate(() => {
      const read = FileReader.prototype.readAsDataURL;
      globalThis.read = 0;
      FileReader.prototype.readAsDataURL = function (blob) {
        globalThis.read += 1;
        read.call(this, blob);
      };
    });
    const photo = item(CODE).getByTestId('photo-file');
    const said = item(CODE).getByRole('alert');
    await photo.setInputFiles(large);
    await said.getByText('photo_too_large').waitFor();
    assert.match(await said.innerText(), /tối đa 60 MB.*Hãy chụp lại ở cỡ nhỏ hơn/);
    assert.equal(await said.getByRole('button').count(), 0, 'the same again would be refused again');
    await photo.setInputFiles({ name: 'rong.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) });
    await said.getByText('photo_unreadable').waitFor();
    assert.equal(await page.evaluate(() => globalThis.read), 0);

    const before_ = (await held(CODE)).photos.length;
    const drawn = await photograph(page, 'Cầu dao', ['#b9a2b4', '#3a5a7c']);
    await photo.setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(drawn, 'base64') });
    await until(async () => (await held(CODE)).photos.length, before_ + 1);
    await item(CODE).getByTestId('item-saved').waitFor();
    assert.equal(await said.count(), 0);
    assert.equal(await page.evaluate(() => globalThis.read), 1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('without room for another photo the camera does not open, and says why; with room again it does', async () => {
  let low = true;
  const chosen = [];
  const choose = (chooser) => chosen.push(chooser);
  page.on('filechooser', choose);
  await page.route('**/command', async (route) => {
    if (route.request().postDataJSON().command !== 'status' || !low) return route.continue();
    const response = await route.fetch();
    const json = { ...(await response.json()), room: 'low', free_bytes: 12 * 1024 * 1024 };
    return route.fulfill({ response, json });
  });
  try {
    await open(`/inspections/${inspection}/s/ELE?item=${CODE}`);
    const said = item(CODE).getByRole('alert');
    const camera = item(CODE).getByTestId('photo-camera').locator('..');
    await until(async () => {
      await camera.click();
      return said.count();
    }, 1);
    assert.match(await said.innerText(), /máy ảnh không mở/);
    await shoot(page, 'photo-no-room');
    chosen.length = 0;
    await item(CODE).getByTestId('photo-file').locator('..').click();
    assert.equal(chosen.length, 0, 'no file is asked for that would be refused');
    low = false;
    await until(async () => {
      await camera.click();
      return chosen.length > 0;
    }, true);
  } finally {
    page.off('filechooser', choose);
    await page.unroute('**/command');
  }
});

test('a deadline that is too early or too late says which day is the first or the last', async () => {
  await open(`/inspections/${inspection}/s/ELE?item=${OTHER}`);
  const deadline = item(OTHER).getByRole('textbox', { name: 'Hạn khắc phục' });
  const kept = (await held(OTHER)).finding.deadline;
  const stands = `Ngày đã lưu vẫn là ${kept.split('-').reverse().join('/')}.`;
  const today = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh' }).format();
  for (const [typed, said] of [
    ['01011999', `Ngày này quá sớm. Hãy chọn một ngày không trước ${today}. ${stands}`],
    [
      '01012099',
      new RegExp(`^Ngày này quá xa. Hãy chọn một ngày không sau .+/${Number(today.slice(6)) + 5}\\. ${stands}$`),
    ],
    ['31022031', `Hãy nhập ngày đúng, theo thứ tự ngày/tháng/năm. ${stands}`],
  ]) {
    await deadline.fill('');
    await deadline.pressSequentially(typed);
    await item(OTHER).getByText(said).waitFor();
  }
  assert.equal((await held(OTHER)).finding.deadline, kept);
});

test('the key at the foot stays where the thumb is at every text size', async () => {
  const premises = (await ha.command({ command: 'inspection_open', id: inspection })).summary.facility;
  const size = { width: 360, height: 640 };
  for (const text of ['normal', 'larger', 'largest']) {
    const small = await openPage(browser, { viewport: size, text });
    try {
      for (const place of ['/', `/facilities/${premises}`, `/inspections/${inspection}`]) {
        await small.page.goto(`${ha.url}#${place}`);
        await settled(small.page);
        const bar = small.page.locator('.foot').filter({ visible: true });
        await bar.locator('a, button').first().waitFor();
        const { y, height } = await bar.boundingBox();
        assert.ok(y >= 0 && y + height <= size.height, `${place} at ${text}: ${y} + ${height}`);
        assert.ok(height <= size.height / 3, `${place} at ${text} leaves room to read: ${height}`);
      }
    } finally {
      await small.done();
    }
  }
});

test('what a key was refused for is told where the finger is, and can be put away', async () => {
  const premises = (await ha.command({ command: 'facility_list', query: '', offset: 0, limit: 60 })).items;
  const free = premises.find((each) => each.open_inspection === null);
  const words = 'Bạn không có quyền làm việc này.';
  const body = { type: 'urn:ancu:problem:forbidden', status: 403, code: 'forbidden', title: words, title_en: 'No.' };
  await page.route('**/command', (route) =>
    route.request().postDataJSON().command === 'inspection_start'
      ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(body) })
      : route.continue(),
  );
  try {
    for (const viewport of [PHONE, WIDE]) {
      await page.setViewportSize(viewport);
      await open(`/facilities/${free.id}`);
      assert.equal(await page.evaluate(() => scrollY), 0);
      await at('inspect-start').click();
      const told = at('key-refusal').getByRole('alert');
      await told.getByText(words).waitFor();
      const [notice, key] = [await told.boundingBox(), await at('inspect-start').boundingBox()];
      assert.equal(await page.evaluate(() => scrollY), 0, 'nothing has to be scrolled for');
      assert.ok(notice.y >= 0 && notice.y + notice.height <= key.y, `${notice.y} + ${notice.height} above ${key.y}`);
      assert.ok(key.y + key.height <= viewport.height, 'the key stays where it was');
      await told.getByRole('button', { name: 'Đóng' }).click();
      await told.waitFor({ state: 'detached' });
    }
  } finally {
    await page.unroute('**/command');
    await page.setViewportSize(PHONE);
  }
});

test('a section is ticked when nothing is lacking in it, and a double tap signs nothing', async () => {
  const finish = (command) => (command.command === 'inspection_finish' ? null : ha.command(command));
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  // Answered, with nothing of what must follow: that is what keeps its section from its tick.
  await fail(ha, inspection, BARE);
  const filling = complete({ ...ha, command: finish }, { id: inspection, items }, { photos });
  await assert.rejects(filling, new RegExp(BARE));
  await page.setViewportSize(WIDE);
  await open(`/inspections/${inspection}`);
  const row = (code) => page.locator(`[data-testid="group"][data-id="${code}"]`).filter({ visible: true });
  await row('ESC').locator('[data-tick]').waitFor();
  await row('ELE')
    .getByText(/^(\d+) trên \1 mục/)
    .waitFor();
  assert.equal(await row('ELE').locator('[data-tick]').count(), 0);
  await page.setViewportSize(PHONE);

  await open(`/inspections/${inspection}/s/ELE?item=${BARE}`);
  await item(BARE).getByRole('button', { name: '10 ngày' }).click();
  await item(BARE).getByTestId('item-saved').waitFor();
  await complete({ ...ha, command: finish }, { id: inspection, items }, { photos });
  await open(`/inspections/${inspection}/finish`);
  await at('finish-seal').dblclick();
  await page.getByRole('heading', { name: 'Ký và khóa biên bản?' }).waitFor();
  const state = async () => (await ha.command({ command: 'inspection_open', id: inspection })).summary.state;
  assert.equal(await state(), 'in_progress');
  await page.keyboard.press('Escape');
  await at('finish-seal').click();
  await at('finish-sure').click();
  await until(state, 'completed');
});

test('a home that nobody described is not sent, and nothing is called sent before', async () => {
  const home = await head(server.account('chuho1').link, 'Phạm Thu Hương', 'Điện thoại chủ hộ');
  const other = await openPage(browser, { viewport: PHONE });
  const mine = other.page;
  try {
    await mine.goto(`${home.url}#/exchange`);
    await settled(mine);
    await mine.getByText('Máy này chưa có bản khai nào.').waitFor();
    assert.doesNotMatch(await mine.locator('main').innerText(), /Đã gửi hết|đã xác nhận bản khai/);
    await mine.goto(`${home.url}#/declare/1`);
    await settled(mine);
    await mine.getByRole('button', { name: 'Tiếp tục' }).click();
    await mine.locator('[data-type="level4"]').click();
    for (let step = 2; step < 5; step += 1) await mine.getByRole('button', { name: 'Tiếp tục' }).click();
    const lines = mine.locator('[data-list="declare-missing"] a');
    await lines.first().waitFor();
    assert.equal(await lines.count(), 4);
    await mine.getByRole('button', { name: 'Gửi khai báo' }).click();
    await assert.rejects(home.command({ command: 'declaration_submit' }), (fault) => fault.problem.field === 'storeys');
    await lines.filter({ hasText: 'Các lối ra' }).click();
    await mine.getByRole('button', { name: 'Tôi không rõ' }).click();
    assert.equal(await mine.locator('textarea[name="exits"]').inputValue(), 'Tôi không rõ');
  } finally {
    await other.done();
    await home.end();
  }
});

test('the settings light no tab, and signs alone offer no new premises', async () => {
  await page.setViewportSize(WIDE);
  await open('/settings');
  assert.equal(await page.locator('nav [aria-current="page"]').count(), 0);
  assert.equal(await at('rail-person').getAttribute('aria-current'), 'page');
  await open('/facilities');
  await at('facility-search').fill('/');
  await page.getByText('Chỉ có dấu, chưa có chữ hay số để tìm.').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Thêm cơ sở' }).count(), 1, 'only the one at the head of the list');
  await page.setViewportSize(PHONE);
});
