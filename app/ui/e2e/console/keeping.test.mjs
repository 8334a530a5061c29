/** What a reviewer or an administrator has begun is neither lost nor done behind their back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PHONE, assertFits } from './browser.mjs';
import { known, open, page, pages, record } from './desk.mjs';
import * as fake from './fake.mjs';

const WHOLE = 'Ý kiến chung cho biên bản';
const SENDING = 'Đang gửi…';

/** Lets calls to an address wait until they are let go. */
async function stall(view, address) {
  let letGo;
  const gone = new Promise((go) => (letGo = go));
  await view.route(address, async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    await gone;
    return route.fallback();
  });
  return letGo;
}

/** No way closes what is open: not Escape, not twice, not a tap outside, not a cross, not its cancel key. */
async function assertStays(view, dialog) {
  await view.keyboard.press('Escape');
  await view.keyboard.press('Escape');
  await view.mouse.click(5, 5);
  assert.equal(await dialog.getByRole('button', { name: 'Đóng', exact: true }).count(), 0, 'it has no cross');
  assert.ok(await dialog.isVisible(), 'it stays');
}

test('a decision that is being sent cannot be closed as if it were given up', async () => {
  const { page: view, done } = await open(record());
  const letGo = await stall(view, '**/decision');
  await view.getByRole('button', { name: 'Duyệt', exact: true }).click();
  const dialog = view.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await dialog.getByText(SENDING).waitFor();
  await assertStays(view, dialog);
  assert.ok(await dialog.getByRole('button', { name: 'Hủy' }).isDisabled());
  if (process.env.SHOT) await view.screenshot({ path: `${process.env.SHOT}-sending.png` });
  letGo();
  await view.getByText('Biên bản đã được duyệt').waitFor();
  await done();
});

test('an answer that does not come is not taken for a refusal, and the record is looked at again', async () => {
  const { page: view, done } = await open('/inspections');
  await view.clock.install();
  await view.goto(pages.url + record());
  // The browser's own limit of time is not on the clock that a test turns.
  await view.evaluate(() => {
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('', 'TimeoutError')), ms);
      return controller.signal;
    };
  });
  const letGo = await stall(view, '**/decision');
  await view.getByLabel(WHOLE).fill('Đủ.');
  await view.getByRole('button', { name: 'Duyệt', exact: true }).click();
  const dialog = view.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await dialog.getByText(SENDING).waitFor();
  await view.clock.fastForward(31_000);
  await dialog.getByText('Chưa biết việc này đã được ghi hay chưa').waitFor();
  for (const viewport of [{ width: 1280, height: 800 }, PHONE]) {
    await view.setViewportSize(viewport);
    await assertFits(view);
    if (process.env.SHOT) await view.screenshot({ path: `${process.env.SHOT}-unsure-${viewport.width}.png` });
  }
  await dialog.getByRole('button', { name: 'Xem biên bản mới nhất' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await view.getByText('Chưa biết việc này').waitFor({ state: 'detached' });
  assert.equal(await view.getByLabel(WHOLE).inputValue(), 'Đủ.');
  letGo();
  await done();
});

test('a new account: refusals stand at their fields, what was typed is not thrown away, its password is not lost', async () => {
  const long = {
    ...fake.refusal(422, 'field_invalid', 'Nội dung dài quá 120 ký tự.', 'Longer than 120 characters.'),
  };
  long.problem.field = 'name';
  const answers = [long];
  const replace = {
    'POST users': (_, body) => answers.shift() ?? fake.answers(known, fake.ADMIN)['POST users'](_, body),
  };
  const { page: list, done } = await open('/users', { me: fake.ADMIN, replace });
  await list.getByRole('button', { name: 'Tạo tài khoản' }).click();
  const dialog = list.getByRole('dialog');
  const create = dialog.getByRole('button', { name: 'Tạo tài khoản' });
  await dialog.getByLabel('Họ tên').fill('Đặng Thùy Linh');
  assert.equal(await dialog.getByLabel('Họ tên').getAttribute('maxlength'), '120');
  await list.keyboard.press('Escape');
  await dialog.getByText('Bỏ những gì vừa nhập ở đây?').waitFor();
  if (process.env.SHOT) await list.screenshot({ path: `${process.env.SHOT}-discard.png` });
  await dialog.getByRole('button', { name: 'Nhập tiếp' }).click();
  assert.equal(await dialog.getByLabel('Họ tên').inputValue(), 'Đặng Thùy Linh');

  await dialog.getByLabel('Tên đăng nhập').fill('canbo9');
  await dialog.getByLabel('Đơn vị').fill('khuong dinh');
  await dialog.getByRole('button', { name: /Phường Khương Đình/ }).click();
  await create.click();
  const told = dialog.getByText('Nội dung dài quá 120 ký tự.');
  await told.waitFor();
  assert.match(await dialog.getByLabel('Họ tên').getAttribute('aria-describedby'), /error/, 'it stands at the name');
  const { y, height } = await create.boundingBox();
  assert.ok(y + height <= 800, 'its key is in sight');

  const letGo = await stall(list, '**/api/v1/users');
  await create.click();
  await dialog.getByText(SENDING).waitFor();
  assert.equal(await told.count(), 0, 'an old refusal does not stand beside a new attempt');
  await assertStays(list, dialog);
  letGo();
  await dialog.getByText('mua-thu-ha-noi-42').waitFor();
  await assertStays(list, dialog);
  assert.ok(await dialog.getByText('mua-thu-ha-noi-42').isVisible());
  if (process.env.SHOT) await list.screenshot({ path: `${process.env.SHOT}-password.png` });
  await dialog.getByRole('button', { name: 'Xong' }).click();
  await dialog.waitFor({ state: 'detached' });
  await done();
});

test('only units are offered where the role may be held, and another role is asked about anew', async () => {
  const asked = [];
  const own = fake.answers(known, fake.ADMIN)['GET units'];
  const replace = {
    'GET units': (_, __, query) => {
      asked.push(query.get('role'));
      return own(_, __, query);
    },
  };
  const { page: list, done } = await open('/users', { me: fake.ADMIN, replace });
  await list.getByRole('button', { name: 'Tạo tài khoản' }).click();
  const dialog = list.getByRole('dialog');
  await dialog.getByLabel('Đơn vị').fill('ha noi');
  await dialog.getByText('Không có đơn vị nào khớp').waitFor();
  assert.equal(asked.at(-1), 'commune_data_officer');
  await dialog.getByLabel('Vai trò').selectOption({ label: 'Lãnh đạo PC07' });
  await dialog.getByRole('button', { name: /Thành phố Hà Nội/ }).click();
  await dialog.getByLabel('Vai trò').selectOption({ label: 'Cán bộ cấp xã' });
  await dialog.getByText('Không có đơn vị nào khớp').waitFor();
  await done();
});

test("a reviewer's unsent words are neither shown to nor sent by whoever logs in after", async () => {
  const OTHER = { ...fake.REVIEWER, person: fake.ADMIN.person, name: 'Ngô Bảo Châu', username: 'duyet2' };
  let me = fake.REVIEWER;
  const replace = { 'GET me': () => me, 'POST session': () => me };
  const { page: view, done } = await open(record(), { replace });
  await view.getByLabel(WHOLE).fill('Riêng của Vinh');
  const change = async (to) => {
    await view.getByRole('button', { name: 'Đăng xuất' }).click();
    me = to;
    await view.getByLabel('Tên đăng nhập').fill(me.username);
    await view.getByLabel('Mật khẩu', { exact: true }).fill('x');
    await view.getByRole('button', { name: 'Đăng nhập' }).click();
  };
  await change(OTHER);
  assert.equal(await view.getByLabel(WHOLE).inputValue(), '');
  await change(fake.REVIEWER);
  assert.equal(await view.getByLabel(WHOLE).inputValue(), 'Riêng của Vinh', 'they are kept for who wrote them');

  // Another tab logs in as somebody else: nothing goes out under that name.
  const sent = [];
  view.on('request', (request) => request.url().endsWith('/decision') && sent.push(request));
  me = OTHER;
  await view.getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByRole('dialog').getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByTestId('who').getByText('Ngô Bảo Châu').waitFor();
  assert.equal(await view.getByLabel(WHOLE).inputValue(), '');
  assert.deepEqual(sent, []);
  await done();
});

test('a record that was opened again after it had changed says no longer that it has', async () => {
  const conflict = fake.refusal(409, 'conflict', 'Nội dung đã được người khác thay đổi.', 'Somebody changed this.');
  const { page: view, done } = await open(record(), { replace: { 'POST inspections/:id/decision': () => conflict } });
  await view.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await view.getByRole('dialog').getByRole('button', { name: 'Duyệt', exact: true }).click();
  const told = view.getByText('Nội dung đã được người khác thay đổi.');
  await told.waitFor();
  const again = view.getByRole('button', { name: 'Xem biên bản mới nhất' });
  await again.click();
  await told.waitFor({ state: 'detached' });
  assert.equal(await again.count(), 0);
  await done();
});

test('after a decision the next record of the queue is opened, and the list where none waits', async () => {
  const [, second] = known.inspections;
  const { page: view, done } = await open(record());
  const approve = async () => {
    await view.getByRole('button', { name: 'Duyệt', exact: true }).click();
    await view.getByRole('dialog').getByRole('button', { name: 'Duyệt', exact: true }).click();
  };
  await approve();
  await view.getByRole('link', { name: 'Biên bản tiếp theo' }).click();
  await view.waitForURL(`**/inspections/${second.id}`);
  await done();

  const { page: last, done: end } = await open(record(), { replace: { 'GET inspections': page([]) } });
  await last.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await last.getByRole('dialog').getByRole('button', { name: 'Duyệt', exact: true }).click();
  await last.getByRole('link', { name: 'Hàng chờ duyệt' }).waitFor();
  await end();
});

test('an address that asks for what there is not shows all', async () => {
  for (const [path, tab] of [
    [`${record()}?show=khong-co`, /^Tất cả/],
    ['/inspections?show=constructor', 'Chờ duyệt'],
  ]) {
    const { page: view, done } = await open(path);
    await view.locator('a[aria-current="true"]').filter({ hasText: tab }).waitFor();
    await done();
  }
});

test('a double press on "return" leaves its question open', async () => {
  const { page: view, done } = await open(record());
  await view.getByLabel(WHOLE).fill('Chụp lại.');
  await view.getByRole('button', { name: 'Trả lại bổ sung' }).dblclick();
  await view.getByRole('heading', { name: 'Trả lại để bổ sung?' }).waitFor();
  assert.ok(await view.getByRole('dialog').isVisible());
  await done();
});

test('words that were removed are taken back, and closing the page asks about words that were not sent', async () => {
  const { page: view, done } = await open(record());
  await view.getByRole('button', { name: 'Ghi ý kiến: REC-01' }).click();
  const words = view.getByLabel('Ý kiến cho mục REC-01');
  await words.fill('Chụp lại hồ sơ.');
  await view.locator('[data-item="REC-01"]').getByRole('button', { name: 'Bỏ', exact: true }).click();
  await view.getByRole('button', { name: 'Lấy lại' }).click();
  assert.equal(await words.inputValue(), 'Chụp lại hồ sơ.');
  const asked = view.waitForEvent('dialog');
  const closing = view.close({ runBeforeUnload: true });
  const question = await asked;
  assert.equal(question.type(), 'beforeunload');
  await question.accept();
  await closing;
  await done();
});

test('one key leads from anywhere on the record to the decision, and one link past it', async () => {
  const { page: view, done } = await open(record());
  await view.locator('[data-item]').first().waitFor();
  await view.keyboard.press('j');
  await view.keyboard.press('d');
  await view.keyboard.type('Đủ hồ sơ');
  assert.equal(await view.getByLabel(WHOLE).inputValue(), 'Đủ hồ sơ');
  await view.getByRole('link', { name: 'Đến phần quyết định' }).focus();
  await view.keyboard.press('Enter');
  assert.ok(await view.getByLabel(WHOLE).evaluate((box) => box === document.activeElement));
  await done();
});

test('the filter of units stays on one line of a telephone', async () => {
  for (const [path, night] of [
    ['/facilities', false],
    ['/inspections', true],
  ]) {
    const { page: queue, done } = await open(path, { viewport: PHONE, night });
    const filter = queue.getByTestId('unit-filter');
    await filter.waitFor();
    const { height } = await filter.boundingBox();
    assert.ok(height <= 50, `one line, not ${height} px`);
    if (process.env.SHOT)
      await queue.screenshot({ path: `${process.env.SHOT}-filter-${night ? 'night' : 'light'}.png` });
    await done();
  }
});
