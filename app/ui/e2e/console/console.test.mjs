/**
 * The console against a real server with real officers' work in it: log in, find what is gravest, read who wrote what,
 * return with words at a question, approve the supplement; the administrator's side; who sees what; and a picture of
 * every screen into docs/screenshots/console.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Server } from '../../../../tests/harness/system.mjs';
import { shrink } from '../png.mjs';
import { PHONE, WIDE, assertFits, launch, openPage } from './browser.mjs';
import { answer, complete, exchange, fail, finding, head, officer, photograph, start } from './fieldwork.mjs';

const PICTURES = fileURLToPath(new URL('../../../../docs/screenshots/console/', import.meta.url));
const RETURNED_AT = 'ESC-08';
const WORDS = 'Chụp rõ ổ khóa từ phía trong và ghi bề rộng thông thủy của cửa.';

let server;
let browser;
let minh;
let hoa;
let grave;
let fair;
let open;

before(async () => {
  await mkdir(PICTURES, { recursive: true });
  [server, browser] = await Promise.all([Server.start(), launch()]);
  [minh, hoa] = await Promise.all([
    officer(server, 'canbo1', 'Điện thoại hiện trường 1'),
    officer(server, 'canbo2', 'Máy tính bảng hiện trường 2'),
  ]);
  const drawing = await openPage(browser);
  const photos = [
    await photograph(drawing.page, 'Cửa thoát nạn tầng 1', ['#b9b2a3', '#a8763e']),
    await photograph(drawing.page, 'Khu để xe tầng hầm', ['#9aa39f', '#6a6f6d']),
    await photograph(drawing.page, 'Hành lang tầng 4', ['#c7bba2', '#7b5a3a']),
  ];
  await drawing.done();

  const list = { command: 'facility_list', query: '', class: 'mini_apartment', offset: 0, limit: 10 };
  const { items: houses } = await minh.command(list);

  // The gravest: Minh and Hòa in one house, apart; then sealed by Minh.
  grave = await start(minh, houses[0].id);
  await exchange(minh);
  await exchange(hoa);
  await answer(hoa, grave.id, 'ELE-02', { kind: 'verdict', value: 'pass' }, 'Đã đo tại tủ điện tổng.');
  await answer(hoa, grave.id, 'ELE-03', { kind: 'verdict', value: 'pass' });
  await exchange(hoa);
  await exchange(minh);
  const fails = {
    [RETURNED_AT]: 'Cửa tầng 1 khóa bằng ổ khóa ngoài, chìa không để trong nhà.',
    'EVC-02': 'Sạc xe điện ngay chân cầu thang thoát nạn.',
    'REC-02': 'Phiếu thông tin lập từ năm 2023, chưa cập nhật.',
  };
  await complete(minh, grave, { fails, photos });
  // What Hòa writes without having seen the seal is not admitted.
  await answer(hoa, grave.id, 'ELE-03', { kind: 'verdict', value: 'fail' }, 'Dây dẫn nóng.');
  await exchange(minh);
  await exchange(hoa);

  fair = await start(hoa, houses[1].id);
  await complete(hoa, fair, { fails: { 'REC-03': 'Nội quy dán ở tầng 1, thiếu ở tầng 2 đến tầng 6.' }, photos });
  await exchange(hoa);
  await exchange(minh);

  // Being made, with one answer in two ways.
  open = await start(minh, houses[2].id);
  await exchange(minh);
  await exchange(hoa);
  const item = open.items.find(({ code }) => code === 'ESC-09');
  await fail(minh, open.id, item.code, 'Chiều rộng đo được 0,68 m.');
  await finding(minh, open.id, item);
  await answer(hoa, open.id, item.code, { kind: 'verdict', value: 'pass' }, 'Đo lại: 0,92 m.');
  await exchange(minh);
  await exchange(hoa);

  const home = await head(server.account('chuho1').link, 'Phạm Thu Hương', 'Điện thoại chủ hộ');
  await home.command({
    command: 'declaration_save',
    declaration: {
      address: houses[0].address,
      apartment_code: '302',
      head_name: 'Phạm Thu Hương',
      head_phone: '0000 000 302',
      house_template: 'mini_apartment',
      storeys: 6,
      apartments: 18,
      exits: 'Một thang bộ, một cửa ra mái',
      residents: 4,
      elderly: 1,
      children_under_6: 1,
      need_help: 1,
      help_note: 'Tầng 3: bà đi lại bằng xe lăn',
    },
  });
  await home.command({ command: 'declaration_submit' });
  await exchange(home);
  await home.end();
});

after(async () => {
  await Promise.all([browser?.close(), minh?.end(), hoa?.end()]);
  await server?.end();
});

const picture = async (page, name) => writeFile(`${PICTURES}${name}.png`, shrink(await page.screenshot()));

async function logIn(page, username) {
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(server.account(username).password);
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.locator('[data-testid=who]').waitFor({ state: 'attached' });
}

const withoutAccents = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();

/** A page with somebody logged in, at an address. */
async function as(username, path, look) {
  const opened = await openPage(browser, look);
  await opened.page.goto(server.url + path);
  await logIn(opened.page, username);
  return opened;
}

/** What a page sends to addresses that end so, from now on. */
function posted(page, end) {
  const sent = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname.endsWith(end)) sent.push(request.url());
  });
  return sent;
}

test('a wrong password is refused in words; the right one opens the address that was asked for', async () => {
  const { page, done } = await openPage(browser);
  await page.goto(`${server.url}/inspections?order=newest`);
  await page.getByLabel('Tên đăng nhập').fill('duyet1');
  await page.getByLabel('Mật khẩu', { exact: true }).fill('không phải');
  await page.getByRole('button', { name: 'Đăng nhập' }).click();
  await page.getByText('Tên đăng nhập hoặc mật khẩu không đúng.').waitFor();
  await logIn(page, 'duyet1');
  await page.getByRole('heading', { name: 'Duyệt biên bản' }).waitFor();
  assert.match(page.url(), /order=newest/);
  await done();
});

test('the queue has the gravest first, and finds without accents', async () => {
  const { page, done } = await as('duyet1', '/inspections');
  const rows = page.locator('[data-testid=inspections] > li');
  await page.locator(`[data-testid=inspections] a[href="/inspections/${grave.id}"]`).waitFor();
  const order = ['Nguy hiểm tính mạng', 'Nghiêm trọng', 'Nhắc nhở', 'Không có mục không đạt'];
  const ranks = (await rows.allInnerTexts()).map((text) => order.findIndex((word) => text.includes(word)));
  assert.equal(ranks[0], 0);
  assert.ok(ranks.includes(2));
  assert.deepEqual(ranks, ranks.toSorted());
  const { summary } = await minh.command({ command: 'inspection_open', id: grave.id });
  await page.getByRole('searchbox').fill(withoutAccents(summary.facility_address));
  await rows.nth(ranks.length - 1).waitFor({ state: 'detached' });
  await page.locator(`[data-testid=inspections] a[href="/inspections/${grave.id}"]`).waitFor();
  await page.getByRole('button', { name: 'Bỏ lọc' }).click();
  await rows.nth(ranks.length - 1).waitFor();
  await page.getByRole('link', { name: 'Đang kiểm tra' }).click();
  await page.locator(`[data-testid=inspections] a[href="/inspections/${open.id}"]`).waitFor();
  await done();
});

test('a record tells for each value who wrote it, on which device, when; photos open; the seal holds', async () => {
  const { page, done } = await as('duyet1', `/inspections/${grave.id}`);
  const hoas = page.locator('[data-item="ELE-02"]');
  await hoas.getByText('Đã đo tại tủ điện tổng.').waitFor();
  assert.match(await hoas.innerText(), /Máy tính bảng hiện trường 2\s· \d\d:\d\d/);
  const failed = page.locator(`[data-item="${RETURNED_AT}"]`);
  assert.match(await failed.innerText(), /Điện thoại hiện trường 1\s· \d\d:\d\d/);
  await failed.getByTestId('finding').getByText('Nguy hiểm tính mạng').waitFor();
  await page.getByText('Chữ ký đúng').waitFor();

  await failed.getByRole('button', { name: /^Ảnh 1/ }).click();
  const picture = page.getByTestId('viewer').locator('img');
  await picture.waitFor();
  await picture.evaluate((img) => img.decode());
  assert.equal(await picture.evaluate((img) => img.naturalWidth), 960);
  await page.getByTestId('viewer').getByText('Máy chủ đã kiểm mã băm').waitFor();
  await done();
});

test('both values of a clash stand side by side with their authors', async () => {
  const { page, done } = await as('duyet1', '/clashes');
  const clash = page.getByTestId('clashes');
  await clash.getByText('Chiều rộng đo được 0,68 m.').waitFor();
  await clash.getByText('Đo lại: 0,92 m.').waitFor();
  const words = await clash.innerText();
  assert.match(words, /Điện thoại hiện trường 1/);
  assert.match(words, /Máy tính bảng hiện trường 2/);
  await page.getByRole('link', { name: 'Mở biên bản' }).click();
  await page.locator('[data-item="ESC-09"]').getByText('Đo lại: 0,92 m.').waitFor();
  await page.getByText('Biên bản đang được lập; chưa duyệt được.').waitFor();
  await done();
});

test('a sound record is approved', async () => {
  const { page, done } = await as('duyet1', `/inspections/${fair.id}`);
  await page.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Duyệt' }).click();
  await page.getByText('Biên bản đã được duyệt.').waitFor();
  await page.goto(`${server.url}/inspections?show=approved`);
  await page.locator(`[data-testid=inspections] a[href="/inspections/${fair.id}"]`).waitFor();
  await done();
});

test('every screen has its picture, in both widths, and fits', { timeout: 240_000 }, async () => {
  const facility = (await minh.command({ command: 'inspection_open', id: grave.id })).summary.facility;
  const screens = {
    duyet1: {
      overview: '/',
      queue: '/inspections',
      record: `/inspections/${grave.id}`,
      'record-failed': `/inspections/${grave.id}?show=failed`,
      'record-clash': `/inspections/${open.id}?show=attention`,
      facilities: '/facilities',
      facility: `/facilities/${facility}`,
      clashes: '/clashes',
      quarantine: '/quarantine',
    },
    quantri: { 'admin-overview': '/', users: '/users', devices: '/devices', units: '/units?q=khuong', audit: '/audit' },
  };
  for (const viewport of [WIDE, PHONE]) {
    const size = `${viewport.width}x${viewport.height}`;
    const take = (page, name) => picture(page, `${name}-${size}`);
    const login = await openPage(browser, { viewport });
    await login.page.goto(server.url);
    await login.page.getByRole('heading', { name: 'Đăng nhập' }).waitFor();
    await take(login.page, 'login');
    await login.done();
    for (const [username, paths] of Object.entries(screens)) {
      const { page, done } = await as(username, '/', { viewport });
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(server.url + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.getByText('Đang tải dữ liệu từ máy chủ…').waitFor({ state: 'detached' });
        await page.evaluate(() =>
          Promise.all(
            [...document.images]
              .filter((img) => img.getBoundingClientRect().top < innerHeight)
              .map((img) => img.decode()),
          ),
        );
        await assertFits(page);
        await take(page, name);
      }
      if (username === 'duyet1') {
        await page.goto(`${server.url}/inspections/${grave.id}?show=failed`);
        await page.getByRole('button', { name: `Ảnh 1 ở mục ${RETURNED_AT}` }).click();
        await page
          .getByTestId('viewer')
          .locator('img')
          .evaluate((img) => img.decode());
        await take(page, 'photo');
      } else {
        await page.goto(`${server.url}/users`);
        await page
          .getByRole('button', { name: /^Mã đăng ký máy/ })
          .first()
          .click();
        await page.getByTestId('qr').locator('img').waitFor();
        await take(page, 'enrolment');
      }
      await done();
    }
  }
  const night = await as('duyet1', `/inspections/${grave.id}?show=failed`, { night: true });
  await night.page.getByTestId('finding').first().waitFor();
  await picture(night.page, 'record-night-1280x800');
  await night.done();
});

test('returned with words at a question, supplemented on the device, approved', { timeout: 120_000 }, async () => {
  const { page, done } = await as('duyet1', `/inspections/${grave.id}?show=failed`);
  await page.getByRole('button', { name: `Ghi ý kiến: ${RETURNED_AT}` }).click();
  await page.getByLabel(`Ý kiến cho mục ${RETURNED_AT}`).fill(WORDS);
  await page.getByTestId('collected').getByText(WORDS).waitFor();
  await page.getByLabel('Ý kiến chung cho biên bản').fill('Bổ sung một câu rồi gửi lại.');
  await picture(page, 'record-words-1280x800');
  await page.getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await page.getByText('Đã trả lại; đang chờ cán bộ bổ sung.').waitFor();

  await exchange(minh);
  const returned = await minh.command({ command: 'inspection_open', id: grave.id });
  const question = returned.items.find((item) => item.code === RETURNED_AT);
  assert.equal(question.comments.at(-1).words, WORDS);
  await answer(
    minh,
    grave.id,
    RETURNED_AT,
    { kind: 'verdict', value: 'pass' },
    'Chủ nhà đã tháo khóa; cửa rộng 0,9 m.',
  );
  await minh.command({ command: 'inspection_finish', id: grave.id });
  await exchange(minh);

  await page.reload();
  const item = page.locator(`[data-item="${RETURNED_AT}"]`);
  await page.goto(`${server.url}/inspections/${grave.id}?show=attention`);
  await item.getByText('Chủ nhà đã tháo khóa; cửa rộng 0,9 m.').waitFor();
  await item.getByTestId('superseded').getByText('Cửa tầng 1 khóa bằng ổ khóa ngoài').waitFor();
  await item.getByTestId('comment').getByText(WORDS).first().waitFor();
  await picture(page, 'record-supplemented-1280x800');
  const reviews = posted(page, '/decision');
  await page.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Duyệt' }).dblclick();
  await page.getByText('Biên bản đã được duyệt.').waitFor();
  assert.equal(reviews.length, 1, 'a double press decides once');
  await done();
});

test('premises: searched in any order, with fields, visits and the declaration of a home', async () => {
  const { page, done } = await as('duyet1', '/facilities?q=khuong+ha+29%2F70');
  await page.getByTestId('facilities').locator('li').nth(4).waitFor();
  const { summary } = await minh.command({ command: 'inspection_open', id: grave.id });
  await page.goto(`${server.url}/facilities/${summary.facility}`);
  await page.getByRole('heading', { name: summary.facility_name }).waitFor();
  await page.getByTestId('fields').getByText('Địa chỉ').waitFor();
  await page.locator(`[data-testid=inspections] a[href="/inspections/${grave.id}"]`).waitFor();
  await done();
});

test('an officer gives a household head another code on the page of their house', async () => {
  const { id: facility } = (await minh.command({ command: 'facility_list', query: '', offset: 0, limit: 1 })).items[0];
  const { link } = await minh.command({ command: 'invite', facility });
  const phone = await head(link, 'Trần Thị Hoa', 'Điện thoại chị Hoa');
  await phone.end();
  const { page, done } = await as('canbo1', `/facilities/${facility}`);
  const heads = page.getByTestId('heads');
  await heads.getByText('Trần Thị Hoa').waitFor();
  await heads.scrollIntoViewIfNeeded();
  await picture(page, 'household-heads');
  await heads.getByRole('button', { name: 'Cấp mã đăng ký lại: Trần Thị Hoa' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByTestId('qr').locator('img').waitFor();
  await dialog.getByText('Đăng ký máy cho Trần Thị Hoa').waitFor();
  assert.match(await dialog.innerText(), /ancu:\/\/enrol\?/);
  await page.keyboard.press('Escape');
  await done();
});

test('what was written after a seal is in quarantine, with the reason in words', async () => {
  const { page, done } = await as('duyet1', '/quarantine');
  const held = page.getByTestId('quarantine');
  await held.getByText('đến sau khi biên bản đã ký và khóa').first().waitFor();
  assert.match(await held.innerText(), /Biên bản kiểm tra · .+\n/, 'the premises are named');
  assert.match(await held.innerText(), /Máy tính bảng hiện trường 2/);
  await done();
});

test('an administrator creates an account, gives out an enrolment code once, sees devices and revokes one', async () => {
  const { page, done } = await as('quantri', '/users');
  await page.getByRole('button', { name: 'Tạo tài khoản' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Họ tên').fill('Đặng Thùy Linh');
  await dialog.getByLabel('Tên đăng nhập').fill('canbo9');
  await dialog.getByLabel('Đơn vị').fill('khuong dinh');
  await dialog.getByRole('button', { name: /Phường Khương Đình/ }).click();
  await dialog.getByRole('button', { name: 'Tạo tài khoản' }).click();
  await page.getByRole('heading', { name: 'Đã tạo tài khoản Đặng Thùy Linh' }).waitFor();
  await dialog.getByRole('button', { name: 'Xong' }).click();
  await page.getByTestId('users').getByText('Đặng Thùy Linh').waitFor();

  const codes = posted(page, '/enrolment-codes');
  await page.getByRole('button', { name: 'Mã đăng ký máy: Đặng Thùy Linh' }).dblclick();
  const qr = page.getByTestId('qr').locator('img');
  await qr.waitFor();
  assert.ok(await qr.evaluate((img) => img.decode().then(() => img.naturalWidth > 0)));
  await page.getByText(/Mã chỉ hiện một lần/).waitFor();
  assert.equal(codes.length, 1, 'a double press makes one code');
  await page.getByRole('dialog').getByRole('button', { name: 'Xong' }).click();

  await page.getByRole('link', { name: 'Thiết bị' }).click();
  await page.getByRole('button', { name: 'Thu hồi: Điện thoại hiện trường 1' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi' }).click();
  await page
    .getByTestId('devices')
    .getByText(/Đã thu hồi/)
    .waitFor();

  await page.getByRole('link', { name: 'Nhật ký' }).click();
  await page.getByTestId('audit').locator('li').first().waitFor();
  await done();
});

test('units are those of the chosen day', async () => {
  const { page, done } = await as('quantri', '/units?q=khuong+dinh');
  await page.getByTestId('units').getByText('Phường Khương Đình').first().waitFor();
  await page.getByRole('link', { name: 'Trước 1/7/2025' }).click();
  await page.waitForURL(/day=2025-06-30/);
  await page.getByTestId('units').getByText('Quận Thanh Xuân').first().waitFor();
  await done();
});

test('roles are apart: neither side can open or fetch the other', async () => {
  const reviewer = await as('duyet1', '/users');
  await reviewer.page.getByRole('heading', { name: 'Không có trang này' }).waitFor();
  const refused = await reviewer.page.evaluate(() => fetch('/api/v1/users').then((answer) => answer.status));
  assert.equal(refused, 403);
  await reviewer.done();

  const admin = await as('quantri', '/inspections');
  await admin.page.getByRole('heading', { name: 'Không có trang này' }).waitFor();
  const kept = await admin.page.evaluate(
    (id) => fetch(`/api/v1/inspections/${id}`).then((answer) => answer.status),
    grave.id,
  );
  assert.ok(kept === 403 || kept === 404);
  await admin.done();
});

test('logging out ends the session', async () => {
  const { page, done } = await as('duyet1', '/');
  await page.getByRole('button', { name: 'Đăng xuất' }).click();
  await page.getByRole('heading', { name: 'Đăng nhập' }).waitFor();
  assert.equal(await page.evaluate(() => fetch('/api/v1/me').then((answer) => answer.status)), 401);
  await done();
});
