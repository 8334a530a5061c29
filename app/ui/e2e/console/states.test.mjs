/** States of the console that a real server can't be brought to at will: empty, refused, unreachable, expired, overtaken. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { PHONE, assertFits, launch, openPage } from './browser.mjs';
import * as fake from './fake.mjs';

let browser;
let pages;
let known;

before(async () => {
  [browser, pages, known] = [await launch(), await fake.pages(), await fake.world()];
});
after(async () => {
  await browser?.close();
  pages?.end();
});

/** A page at an address, with some answers replaced. */
async function open(path, { me = fake.REVIEWER, replace = {}, ...look } = {}) {
  const opened = await openPage(browser, look);
  await fake.serve(opened.page, { ...fake.answers(known, me), ...replace });
  await opened.page.goto(pages.url + path);
  return opened;
}

const page = (items) => () => ({ items, total: items.length, next: null });
const loginRequired = fake.refusal(401, 'login_required', 'Bạn cần đăng nhập.', 'You need to log in.');
const record = () => `/inspections/${known.inspections[0].id}`;

test('an empty queue says that all is reviewed, an empty search offers to clear it', async () => {
  const replace = { 'GET inspections': page([]) };
  const { page: queue, done } = await open('/inspections', { replace });
  await queue.getByRole('heading', { name: 'Đã duyệt hết' }).waitFor();
  await queue.getByRole('searchbox').fill('không có đâu');
  await queue.getByText('Không có biên bản nào khớp với bộ lọc.').waitFor();
  assert.match(queue.url(), /\?q=/);
  await queue.getByRole('link', { name: 'Bỏ lọc' }).click();
  await queue.getByRole('heading', { name: 'Đã duyệt hết' }).waitFor();
  await done();
});

test('every list has words for being empty', async () => {
  const nothing = {};
  for (const name of ['facilities', 'clashes', 'quarantine', 'users', 'audit', 'units'])
    nothing[`GET ${name}`] = page([]);
  nothing['GET devices'] = () => [];
  for (const [path, heading, me] of [
    ['/facilities', 'Chưa có cơ sở nào', fake.REVIEWER],
    ['/clashes', 'Không có mâu thuẫn', fake.REVIEWER],
    ['/quarantine', 'Không có gì bị giữ lại', fake.REVIEWER],
    ['/devices', 'Chưa có máy nào đăng ký', fake.ADMIN],
    ['/users', 'Chưa có tài khoản nào', fake.ADMIN],
    ['/audit', 'Nhật ký trống', fake.ADMIN],
    ['/units', 'Không có đơn vị nào', fake.ADMIN],
  ]) {
    const { page: list, done } = await open(path, { me, replace: nothing });
    await list.getByRole('heading', { name: heading }).waitFor();
    await done();
  }
});

test('an administrator sees that something is held back, and neither what it says nor a way to let it in', async () => {
  const replace = {
    'GET quarantine': () => {
      const [held, settled] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
      const withheld = {
        document: null,
        kind: null,
        premises: '',
        says: [],
        says_more: 0,
        about: null,
        release: 'withheld',
        reason_vi: held.title,
        carried_by: null,
      };
      return page([
        { ...held, ...withheld },
        { ...settled, ...withheld, released_at: held.received_at },
      ])();
    },
  };
  const { page: list, done } = await open('/quarantine', { me: fake.ADMIN, replace });
  const rows = list.getByTestId('quarantine').locator(':scope > li');
  await rows.first().getByText('Điện thoại Minh').waitFor();
  await list.getByText('không xem nội dung và không cho qua').waitFor();
  await rows.first().getByText('Cán bộ duyệt của đơn vị xem nội dung và quyết định.').waitFor();
  await rows.last().getByText('Đã giải quyết').waitFor();
  assert.equal(await list.getByTestId('says').count(), 0);
  assert.equal(await list.getByRole('button', { name: 'Cho qua' }).count(), 0);
  assert.equal(await list.getByRole('main').getByRole('link').count(), 0);
  await list.setViewportSize(PHONE);
  await assertFits(list);
  if (process.env.SHOT) await list.screenshot({ path: process.env.SHOT, fullPage: true });
  await done();
});

test("what cannot be read and names no unit is an administrator's to set aside, knowing what that does", async () => {
  const asked = [];
  const [one] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
  const garbage = {
    ...one,
    document: null,
    kind: null,
    unit: null,
    unit_name: '',
    author_name: '?',
    code: 'envelope_invalid',
    title: 'Gói dữ liệu không hợp lệ.',
    title_en: 'The envelope is not valid.',
    cause: 'form',
    reason_vi: 'Gói dữ liệu không hợp lệ.',
    reason: 'The envelope is not valid.',
    premises: '',
    says: [],
    says_more: 0,
    about: null,
    release: 'unowned',
  };
  // Of a unit that the server does not have nobody is a reviewer either, and it is not said that one decides.
  const stray = { ...garbage, id: 3, unit: 'ab', release: 'withheld' };
  const replace = {
    'GET quarantine': () =>
      page([asked.length > 0 ? { ...garbage, released_at: Date.now(), set_aside: true } : garbage, stray])(),
    'POST quarantine/:id/set-aside': (id) => {
      asked.push(id);
      return {};
    },
  };
  const { page: list, done } = await open('/quarantine', { me: fake.ADMIN, replace });
  const rows = list.getByTestId('quarantine').locator(':scope > li');
  await rows.first().getByText('không có cán bộ duyệt nào quyết định').waitFor();
  await rows.last().getByText('Gói này ghi một đơn vị mà máy chủ không có').waitFor();
  assert.equal(await list.getByText('Cán bộ duyệt của đơn vị xem nội dung và quyết định.').count(), 0);
  assert.equal(await list.getByRole('button', { name: 'Gác lại' }).count(), 1);
  await list.getByRole('button', { name: 'Gác lại' }).click();
  const dialog = list.getByRole('dialog');
  for (const words of ['hãy hỏi người giữ máy', 'Gói không vào hồ sơ nào', 'mặc định 30 ngày', 'đến lại'])
    await dialog.getByText(words).waitFor();
  for (const viewport of [PHONE, { width: 1280, height: 800 }]) {
    await list.setViewportSize(viewport);
    await assertFits(list);
    if (process.env.SHOT) await list.screenshot({ path: `${process.env.SHOT}-${viewport.width}.png` });
  }
  await dialog.getByRole('button', { name: 'Gác lại' }).click();
  await rows.first().getByText('Đã gác lại').waitFor();
  assert.deepEqual(asked, ['1']);
  assert.equal(await list.getByRole('button', { name: 'Gác lại' }).count(), 0);
  await done();
});

test('before an account is closed it is said what is still on its devices', async () => {
  const { page: list, done } = await open('/users', { me: fake.ADMIN });
  const row = list.getByTestId('users').locator(':scope > li').filter({ hasText: 'Trần Thị Hòa' });
  await row.getByRole('button', { name: /^Việc khác/ }).click();
  await row.getByRole('button', { name: /^Đóng tài khoản/ }).click();
  const told = list.getByRole('dialog').getByTestId('their-devices');
  await told.getByText('chưa gửi 3 gói, 14 ảnh').waitFor();
  await told.getByText('hãy để máy trao đổi xong').waitFor();
  assert.equal(await told.getByRole('listitem').count(), 1, 'revoked devices and those of others are not asked after');
  await list.setViewportSize(PHONE);
  await assertFits(list);
  if (process.env.SHOT) await list.screenshot({ path: `${process.env.SHOT}-close.png` });
  await done();
});

test('what is held back is let in knowingly: what it says, by whom, of which record, and what that does', async () => {
  const [held, approved] = known.inspections;
  const { page: list, done } = await open('/quarantine');
  const rows = list.getByTestId('quarantine').locator(':scope > li');
  const says = rows.first().getByTestId('says');
  await says.getByText('Mục ESC-08 “Hành lang, cầu thang').waitFor();
  assert.equal(await rows.count(), 2);
  assert.match(await says.innerText(), /Không đạt: Hai xe máy ở chân cầu thang · Ghi lúc .+và 2 nội dung khác/s);
  assert.equal(
    await rows.first().getByRole('link', { name: 'Mở biên bản' }).getAttribute('href'),
    `/inspections/${held.id}#i-ESC-08`,
  );
  await rows.first().getByRole('button', { name: 'Cho qua' }).click();
  const dialog = list.getByRole('dialog');
  const told = await dialog.innerText();
  for (const words of [
    held.facility_name,
    'ESC-08',
    'Không đạt',
    'Nguyễn Đức Minh',
    'Điện thoại Minh',
    'không giữ chức vụ',
  ])
    assert.ok(told.includes(words), `${words}: ${told}`);
  await dialog.getByTestId('release-effect').getByText('Biên bản đã ký và khóa').waitFor();
  assert.equal(await dialog.getByRole('link', { name: 'Mở biên bản' }).count(), 1);
  await list.setViewportSize(PHONE);
  await assertFits(list);
  await dialog.getByRole('button', { name: 'Hủy' }).click();
  await assertFits(list);
  await done();

  // What can never be let in is not offered to be.
  const { page: other, done: closed } = await open('/quarantine', {
    replace: {
      'GET quarantine': () => {
        const [, second] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
        return { items: [{ ...second, released_at: null }], total: 1, next: null };
      },
    },
  });
  await other.getByText('Không cho qua được: biên bản đã duyệt.').waitFor();
  assert.ok(await other.getByText(approved.facility_name).isVisible());
  assert.equal(await other.getByRole('button', { name: 'Cho qua' }).count(), 0);
  await closed();
});

test('findings are listed by deadline, those that are overdue by one tap; both sides of what was noted apart are told', async () => {
  const { page: list, done } = await open('/findings');
  await list.getByTestId('findings').waitFor();
  assert.equal(await list.getByTestId('findings').getByRole('link').count(), known.findings.length);
  await list.getByText('Quá hạn 6 ngày').waitFor();
  await assertFits(list);
  await list.getByRole('link', { name: 'Quá hạn', exact: true }).click();
  await list.waitForURL(/show=overdue/);
  await list.waitForFunction(() => document.querySelectorAll('[data-testid="findings"] a').length === 1);
  const apart = known.findings.find((each) => each.apart);
  await list.goto(`${pages.url}/findings/${apart.inspection}:${apart.item}`);
  await list.getByText('Hai người ghi khác nhau').waitFor();
  const steps = await list.locator('[data-step]').evaluateAll((each) => each.map((step) => step.dataset.step));
  assert.deepEqual(steps, ['committed', 'reported', 'verified', 'rejected']);
  await list.setViewportSize(PHONE);
  await assertFits(list);
  await done();
});

test('a record of a checklist that the server does not have says so, and what to do', async () => {
  const gone = fake.refusal(404, 'not_found', 'Không tìm thấy.', 'Not found.');
  const { page: screen, done } = await open(record(), { replace: { 'GET templates/:code/:version': () => gone } });
  const told = screen.getByTestId('unknown-template');
  await told.waitFor();
  const { code } = known.inspections[0].template;
  assert.match(await told.innerText(), new RegExp(`${code}, bản dự thảo 1.*template import`, 's'));
  assert.equal(await screen.getByText('Không tìm thấy.').count(), 0, 'it is said once, and by its name');
  assert.match(await screen.locator('main').innerText(), /Đã trả lời\s+\d+\/\?/);
  for (const viewport of [{ width: 1280, height: 800 }, PHONE]) {
    await screen.setViewportSize(viewport);
    await assertFits(screen);
  }
  await done();
});

test('a filter is in the address, and the address opens the same list', async () => {
  const asked = [];
  const replace = {
    'GET inspections': (_, __, query) => {
      asked.push(Object.fromEntries(query));
      return { items: known.inspections, total: known.inspections.length, next: null };
    },
  };
  const { page: queue, done } = await open('/inspections?show=approved&order=newest&q=an+khang', { replace });
  await queue.getByTestId('inspections').waitFor();
  assert.equal(asked[0].state, 'approved');
  assert.equal(asked[0].order, 'newest');
  assert.equal(asked[0].q, 'an khang');
  assert.equal(await queue.getByRole('searchbox').inputValue(), 'an khang');
  await queue.getByRole('link', { name: 'Trả lại bổ sung' }).click();
  await queue.waitForURL(/show=returned/);
  assert.match(queue.url(), /q=an\+khang/);
  await done();
});

test('visits that were given up have a tab, and a state in the address opens its own', async () => {
  const asked = [];
  const given = { ...known.inspections[0], state: 'cancelled' };
  const replace = {
    'GET inspections': (_, __, query) => {
      asked.push(query.get('state'));
      return { items: [given], total: 1, next: null };
    },
  };
  const { page: queue, done } = await open('/inspections?state=cancelled', { replace });
  await queue.getByTestId('inspections').waitFor();
  assert.deepEqual(asked, ['cancelled']);
  const tab = queue.getByRole('link', { name: 'Đã bỏ', exact: true });
  assert.equal(await tab.getAttribute('aria-current'), 'true');
  await queue.getByRole('link', { name: 'Chờ duyệt' }).click();
  await queue.waitForURL((url) => url.search === '');
  await tab.click();
  await queue.waitForURL(/show=cancelled/);
  assert.equal(asked.at(-1), 'cancelled');
  await done();
});

test('a reviewer hears that the server takes nothing in while its clock is behind', async () => {
  const { page: overview, done } = await openPage(browser);
  await fake.serve(overview, fake.answers(known, fake.REVIEWER));
  const words = 'Đồng hồ của máy chủ đang chậm.';
  const behind = fake.refusal(503, 'server_clock_behind', words, 'The clock is behind.');
  await overview.route('**/health/ready', (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(behind.problem) }),
  );
  await overview.goto(pages.url);
  await overview.getByTestId('server-shut').getByText(words).waitFor();
  await overview.getByTestId('waiting').waitFor();
  await done();
});

test('a list is narrowed to a unit that is found by typing, and the address keeps it', async () => {
  const asked = [];
  const replace = {
    'GET inspections': (_, __, query) => {
      asked.push(query.get('unit'));
      return { items: known.inspections, total: known.inspections.length, next: null };
    },
  };
  const { page: queue, done } = await open('/inspections', { replace });
  await queue.getByTestId('unit-filter').click();
  await queue.getByLabel('Tên đơn vị trong phạm vi của bạn').fill('kim lien');
  const choices = queue.getByTestId('unit-choices').getByRole('button');
  await choices.nth(1).waitFor({ state: 'detached' });
  await choices.getByText('Phường Kim Liên').click();
  await queue.waitForURL(/unit=/);
  assert.equal(asked.at(-1), new URL(queue.url()).searchParams.get('unit'));
  await queue.reload();
  await queue.getByTestId('unit-filter').getByText('Phường Kim Liên').waitFor();
  await queue.getByRole('button', { name: 'Bỏ lọc đơn vị' }).click();
  await queue.getByTestId('unit-filter').getByText('Mọi đơn vị').waitFor();
  assert.doesNotMatch(queue.url(), /unit=/);
  await done();
});

test('the number of declarations that wait leads to the premises where they wait, and to no others', async () => {
  const { page: view, done } = await open('/');
  await view.getByRole('link', { name: 'Khai báo chờ xác nhận' }).click();
  await view.waitForURL(/facilities\?declarations=waiting/);
  const rows = view.getByTestId('facilities').locator('li');
  await rows.first().waitFor();
  for (const row of await rows.all()) assert.match(await row.innerText(), /khai báo chờ xác nhận/);
  await done();
});

test('of a record that is not finished it is said how far it is, not that nothing failed', async () => {
  const [first] = known.inspections;
  const progress = { ...first.progress, answered: 12, failed: 0, clashes: 0, photos: 0 };
  const replace = {
    'GET inspections': page([{ ...first, state: 'in_progress', sealed_at: null, gravest: null, progress }]),
  };
  for (const viewport of [PHONE, undefined]) {
    const { page: queue, done } = await open('/inspections?show=in_progress', { replace, viewport });
    await queue.getByTestId('progress').filter({ visible: true }).getByText('12 trên 127 mục').waitFor();
    assert.equal(await queue.getByText('Không có mục không đạt').count(), 0);
    await done();
  }
});

test('at 1280 the way elsewhere has its words, and no name of a section is cut', async () => {
  const { page: view, done } = await open(record());
  await view.getByRole('link', { name: 'Duyệt biên bản' }).getByText('Duyệt biên bản').waitFor();
  const names = view.getByRole('navigation', { name: 'Các phần' }).locator('a > span:first-child');
  await names.first().waitFor();
  const cut = await names.evaluateAll(
    (spans) => spans.filter((span) => span.scrollWidth > span.clientWidth + 1).length,
  );
  assert.equal(cut, 0);
  assert.equal(
    await view
      .locator('[data-item]')
      .first()
      .evaluate((item) => item.clientWidth > 400),
    true,
  );
  await done();
});

test('the tabs of a record are all in sight on a laptop, and say so where there are more', async () => {
  const { page: view, done } = await open(record());
  const row = view.locator('nav', { has: view.locator('a[href*="show=comments"]') });
  await row.waitFor();
  const over = () => row.evaluate((each) => each.scrollWidth - each.clientWidth);
  assert.equal(await over(), 0, 'all five are in sight');
  assert.equal(await view.getByTestId('more-tabs').count(), 0);
  await view.setViewportSize({ width: 1024, height: 800 });
  await view.getByTestId('more-tabs').waitFor();
  assert.ok((await over()) > 0);
  await row.getByRole('link', { name: /^Ý kiến/ }).click();
  await view.getByTestId('more-tabs').waitFor({ state: 'detached' });
  await done();
});

test('that a checklist is a draft takes one line of a telephone, and the rest one tap', async () => {
  const { page: view, done } = await open(record(), { viewport: PHONE });
  const notice = view.getByTestId('notice');
  await notice.waitFor();
  assert.ok((await notice.boundingBox()).height < 60);
  await notice.locator('summary').click();
  await notice.getByText('không phải biểu mẫu chính thức').waitFor();
  await done();
});

test('a long list is taken page by page', async () => {
  const replace = {
    'GET inspections': (_, __, query) =>
      query.get('cursor') === 'two'
        ? { items: known.inspections.slice(3), total: 6, next: null }
        : { items: known.inspections.slice(0, 3), total: 6, next: 'two' },
  };
  const { page: queue, done } = await open('/inspections', { replace });
  await queue.getByText('Đang hiện 3 trên 6').waitFor();
  await queue.getByRole('button', { name: 'Xem thêm' }).click();
  await queue.locator('[data-testid=inspections] > li').nth(5).waitFor();
  assert.equal(await queue.getByRole('button', { name: 'Xem thêm' }).count(), 0);
  await done();
});

test('a server that does not answer is said, and can be asked again', async () => {
  const { page: queue, done } = await open('/');
  await queue.getByTestId('waiting').waitFor();
  await queue.route('**/api/v1/inspections**', (route) => route.abort());
  await queue.getByRole('link', { name: 'Duyệt biên bản' }).click();
  await queue.getByText('Chưa liên lạc được với máy chủ.').waitFor();
  await queue.unroute('**/api/v1/inspections**');
  await queue.getByRole('button', { name: /thử lại/i }).click();
  await queue.getByTestId('inspections').waitFor();
  await done();
});

test('a page that answers in the place of the server is not taken for it', async () => {
  const { page: queue, done } = await open('/');
  await queue.getByTestId('waiting').waitFor();
  await queue.route('**/api/v1/facilities**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Wi-Fi</h1>' }),
  );
  await queue.getByRole('link', { name: 'Cơ sở', exact: true }).click();
  await queue.getByText('Mạng này trả lời thay cho máy chủ').waitFor();
  await done();
});

test('words at questions outlive a session that ends, a login and a reload', async () => {
  const expired = { now: false };
  const replace = {
    'POST inspections/:id/decision': (id, body) =>
      expired.now ? loginRequired : fake.answers(known, fake.REVIEWER)['POST inspections/:id/decision'](id, body),
    'POST session': () => fake.REVIEWER,
  };
  const { page: view, done } = await open(record(), { replace });
  await view.getByRole('button', { name: 'Ghi ý kiến: REC-01' }).click();
  await view.getByLabel('Ý kiến cho mục REC-01').fill('Chụp lại hồ sơ.');
  await view.getByTestId('collected').getByText('Chụp lại hồ sơ.').waitFor();

  expired.now = true;
  await view.getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByRole('dialog').getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByText('Phiên làm việc đã hết.').waitFor();

  expired.now = false;
  await view.getByLabel('Tên đăng nhập').fill('duyet1');
  await view.getByLabel('Mật khẩu', { exact: true }).fill('x');
  await view.getByRole('button', { name: 'Đăng nhập' }).click();
  await view.getByTestId('collected').getByText('Chụp lại hồ sơ.').waitFor();
  await view.reload();
  await view.getByTestId('collected').getByText('Chụp lại hồ sơ.').waitFor();

  await view.getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByText('Gửi kèm ý kiến tại 1 mục.').waitFor();
  await view.getByRole('dialog').getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByText('Đã trả lại; đang chờ cán bộ bổ sung.').waitFor();
  await view.reload();
  assert.equal(await view.getByTestId('collected').count(), 0, 'what was sent is not kept');
  await done();
});

test('a record that somebody else decided on meanwhile is opened again, and the words stay', async () => {
  const sent = [];
  const replace = {
    'POST inspections/:id/decision': (_, body) => {
      sent.push(body);
      return fake.refusal(
        409,
        'conflict',
        'Nội dung đã được người khác thay đổi. Hãy mở lại.',
        'Somebody changed this meanwhile. Open it again.',
      );
    },
  };
  const { page: view, done } = await open(record(), { replace });
  await view.getByLabel('Ý kiến chung cho biên bản').fill('Đủ.');
  await view.getByRole('button', { name: 'Duyệt', exact: true }).click();
  await view.getByRole('dialog').getByRole('button', { name: 'Duyệt' }).click();
  await view.getByText('Nội dung đã được người khác thay đổi. Hãy mở lại.').waitFor();
  assert.deepEqual(
    sent.map(({ on, decision }) => ({ on, decision })),
    [{ on: known.inspections[0].id, decision: 'approved' }],
    'the decision names what was read',
  );
  await view.getByRole('button', { name: 'Mở lại biên bản' }).click();
  assert.equal(await view.getByLabel('Ý kiến chung cho biên bản').inputValue(), 'Đủ.');
  await done();
});

test('returning without a word is not possible', async () => {
  const { page: view, done } = await open(record());
  await view.getByRole('button', { name: 'Trả lại bổ sung' }).click();
  await view.getByText('Để trả lại, hãy viết ý kiến chung hoặc ý kiến tại ít nhất một mục.').waitFor();
  assert.equal(await view.getByRole('dialog').count(), 0);
  await done();
});

test('approving warns of danger to life and of what is not settled', async () => {
  const { page: view, done } = await open(record());
  await view.getByRole('button', { name: 'Duyệt', exact: true }).click();
  const dialog = view.getByRole('dialog');
  await dialog.getByText('Biên bản có mục không đạt, nguy hiểm tính mạng.').waitFor();
  await dialog.getByText('Còn 1 mâu thuẫn chưa chọn.').waitFor();
  await view.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await done();
});

test('a record shows both answers of a clash, each with author, device and time, and what a supplement replaced', async () => {
  const { page: view, done } = await open(`${record()}?show=attention`);
  const clash = view.locator('[data-item="REC-06"]').getByRole('region', { name: 'Mâu thuẫn' });
  await clash.getByText('Không đạt').waitFor();
  await clash.getByText('Đạt', { exact: true }).waitFor();
  const words = await clash.innerText();
  assert.match(words, /Nguyễn Đức Minh\s· Điện thoại Minh\s· \d\d:\d\d/);
  assert.match(words, /Trần Thị Hòa\s· Máy tính bảng Hòa\s· \d\d:\d\d/);
  const supplemented = view.locator('article', { has: view.getByTestId('superseded') });
  await supplemented.getByText('Trước khi bổ sung').waitFor();
  await supplemented.getByTestId('comment').waitFor();
  await done();
});

test('a settled clash names author and chooser, and what was not chosen is in the history', async () => {
  const { page: view, done } = await open(record());
  const settled = view.locator('article', { has: view.getByTestId('chosen-by') });
  assert.match(await settled.innerText(), /Nguyễn Đức Minh\s· .*; Trần Thị Hòa chọn lúc \d\d:\d\d/);
  await settled.getByTestId('item-history').locator('summary').click();
  const passedOver = settled.locator('[data-fate="passed_over"]');
  await passedOver.getByText('không được chọn').waitFor();
  assert.match(await passedOver.innerText(), /lung lay ở tầng 3[^]*Trần Thị Hòa\s· Máy tính bảng Hòa\s· \d\d:\d\d/);
  await done();
});

test('the record is walked and commented by keys alone', async () => {
  const { page: view, done } = await open(record());
  await view.locator('[data-item]').first().waitFor();
  await view.keyboard.press('j');
  await view.keyboard.press('j');
  await view.keyboard.press('k');
  await view.keyboard.press('j');
  await view.keyboard.press('c');
  await view.keyboard.type('Ghi rõ hơn');
  assert.equal(await view.getByLabel('Ý kiến cho mục REC-02').inputValue(), 'Ghi rõ hơn');
  await done();
});

test('photos open large, go on with arrow keys, and close with Escape', async () => {
  const { page: view, done } = await open(`${record()}?show=photos`);
  await view.getByRole('button', { name: 'Ảnh 1 ở mục REC-06' }).click();
  const viewer = view.getByTestId('viewer');
  await viewer.getByText('Máy chủ đã kiểm mã băm').waitFor();
  await view.getByRole('heading', { name: 'REC-06 · Ảnh 1 trên 2' }).waitFor();
  await view.keyboard.press('ArrowRight');
  await view.getByRole('heading', { name: 'REC-06 · Ảnh 2 trên 2' }).waitFor();
  await view.keyboard.press('Escape');
  await viewer.waitFor({ state: 'hidden' });
  await done();
});

test('an administrator is shown no business, a reviewer no administration', async () => {
  const admin = await open('/inspections', { me: fake.ADMIN });
  await admin.page.getByRole('heading', { name: 'Không có trang này' }).waitFor();
  assert.equal(await admin.page.getByRole('link', { name: 'Duyệt biên bản' }).count(), 0);
  await admin.page.getByRole('link', { name: 'Tài khoản' }).click();
  await admin.page.getByTestId('users').waitFor();
  await admin.done();

  const reviewer = await open('/devices');
  await reviewer.page.getByRole('heading', { name: 'Không có trang này' }).waitFor();
  assert.equal(await reviewer.page.getByRole('link', { name: 'Tài khoản' }).count(), 0);
  await reviewer.done();
});

test('language and light switch in place, and are remembered', async () => {
  const { page: view, done } = await open('/');
  await view.getByRole('button', { name: 'English' }).click();
  await view.getByRole('heading', { name: 'Overview' }).waitFor();
  await view.getByRole('button', { name: /Appearance/ }).click();
  await view.getByRole('button', { name: /Appearance: Light/ }).click();
  assert.equal(await view.evaluate(() => document.documentElement.dataset.theme), 'night');
  await view.reload();
  await view.getByRole('heading', { name: 'Overview' }).waitFor();
  assert.equal(await view.evaluate(() => document.documentElement.dataset.theme), 'night');
  assert.equal(await view.evaluate(() => document.documentElement.lang), 'en');
  await done();
});

test('nothing sticks out of a telephone, in either language', async () => {
  const sheet = `/facilities/${known.facilities[0].id}`;
  const places = ['/', '/inspections', record(), '/facilities', sheet, '/clashes', '/quarantine'];
  const tools = ['/', '/users', '/devices', '/units', '/audit'];
  for (const english of [false, true]) {
    for (const [me, paths] of [
      [fake.REVIEWER, places],
      [fake.ADMIN, tools],
    ]) {
      const { page: view, done } = await open('/', { me, viewport: PHONE, english });
      for (const path of paths) {
        await view.goto(pages.url + path);
        await view.getByRole('heading', { level: 1 }).waitFor();
        await assertFits(view);
      }
      await done();
    }
  }
});

test('a check that failed after the seal is in every list, at its item and in the last question', async () => {
  const { page: queue, done } = await open('/inspections');
  const row = queue.getByTestId('inspections').locator('li').first();
  await row.getByText('12 câu trả lời đến sau, 2 không đạt').last().waitFor();
  await row.getByRole('link').click();

  // The list is short: what failed first, what is the same counted, the rest folded.
  const note = queue.getByTestId('late');
  await note.locator('summary').click();
  const listed = note.getByTestId('late-items').locator('li');
  await listed.first().waitFor();
  assert.equal(await listed.count(), 8);
  assert.match(await listed.nth(1).innerText(), /Không đạt/);
  assert.match(await note.innerText(), /114 câu trả lời giống bản đã khóa/);
  const failed = await listed.first().getAttribute('data-code');
  await note.getByRole('button', { name: 'Xem thêm 4 câu trả lời' }).click();
  assert.equal(await listed.count(), 12);

  // The head and the tab count the same: what the record says, and beside it what came late.
  const tab = queue.getByRole('navigation', { name: 'Hiện' }).getByRole('link', { name: 'Không đạt' });
  const [own] = /\d+/.exec(await tab.innerText());
  assert.match(await tab.innerText(), /\d+ \+ 2/);
  const head = queue.locator('dd', { has: queue.getByTestId('failed-late') });
  assert.match(await head.innerText(), new RegExp(`^${own} \\+ 2 đến sau$`));

  for (const [tab, items] of [
    ['Không đạt', 1],
    ['Cần chú ý', 12],
  ]) {
    await queue.getByRole('navigation', { name: 'Hiện' }).getByRole('link', { name: tab }).click();
    const mark = queue.locator(`[data-item="${failed}"]`).getByTestId('late-mark');
    await mark.getByText('Có câu trả lời đến sau khi khóa biên bản').waitFor();
    assert.match(await mark.innerText(), /Không đạt[^]*Trần Thị Hòa/);
    assert.ok((await queue.getByTestId('late-mark').count()) >= items);
  }
  await queue.getByTestId('late-decide').waitFor();
  await queue.getByRole('button', { name: 'Duyệt', exact: true }).click();
  const asked = queue.getByTestId('late-confirm');
  assert.match(await asked.innerText(), /12 câu trả lời đến sau khi ký, 2 không đạt/);
  await done();
});

test('a record that was approved says so when more was sealed, and who signed the same apart', async () => {
  const { page: queue, done } = await open('/inspections');
  const row = queue.getByTestId('inspections').locator('li').nth(2);
  await row.getByText('Đã duyệt; có bổ sung sau khi duyệt').last().waitFor();
  await row.getByRole('link').click();
  await queue.getByTestId('approved-before').getByText('Quyết định lần này là cho phần bổ sung').waitFor();
  // A version that lacked something is not called the same.
  await queue.getByText('Ký bản của mình').waitFor();
  await queue.getByText('Bản đó không có nội dung hoặc ảnh ở: ESC-03').waitFor();
  await queue.getByRole('button', { name: 'Duyệt', exact: true }).waitFor();
  await done();
});

test('what signed parts clash on is shown at its question and is not approved but returned', async () => {
  const asked = [];
  const view = fake.apart(known);
  const replace = {
    'GET inspections/:id': () => view,
    'POST inspections/:id/decision': (_, body) => {
      asked.push(body);
      return { ...view, summary: { ...view.summary, state: 'returned' } };
    },
  };
  for (const look of [{}, { viewport: PHONE }]) {
    const { page: shown, done } = await open(`/inspections/${view.summary.id}`, { replace, ...look });
    const item = shown.locator(`[data-item="${view.items[0].code}"]`);
    await item.getByText('Mâu thuẫn giữa các bản đã ký').waitFor();
    const sides = item.getByTestId('clash-side');
    assert.equal(await sides.count(), 2);
    assert.match(await sides.first().innerText(), /Không đạt[^]*bị khóa ngoài[^]*Trần Thị Hòa/, 'the worst first');
    await shown.getByTestId('apart-decide').getByText('1 mâu thuẫn với bản đã ký').waitFor();
    await shown.getByLabel('Ý kiến chung').fill('Xem lại cửa thoát nạn.');
    await shown.getByRole('button', { name: 'Duyệt', exact: true }).click();
    const dialog = shown.getByRole('dialog');
    await dialog.getByTestId('apart-confirm').waitFor();
    assert.equal(await dialog.getByTestId('clash-side').count(), 2);
    assert.equal(
      await dialog.getByRole('button', { name: 'Duyệt', exact: true }).count(),
      0,
      'there is nothing to approve',
    );
    await assertFits(shown);
    await dialog.getByRole('button', { name: 'Trả lại bổ sung', exact: true }).click();
    await dialog.getByRole('heading', { name: 'Trả lại để bổ sung?' }).waitFor();
    await dialog.getByRole('button', { name: 'Trả lại bổ sung', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    const sent = asked.pop();
    assert.deepEqual([sent.decision, sent.on, sent.seen], ['returned', view.newest_sealed, view.sealed_parts]);
    await done();
  }
});

test('a record that was returned twice tells every decision, its words and who answered, and is approved knowingly only', async () => {
  const asked = [];
  const view = fake.partly(known);
  const replace = {
    'GET inspections': () => ({ items: [view.summary], total: 1, next: null }),
    'GET inspections/:id': () => view,
    'POST inspections/:id/decision': (_, body) => {
      asked.push(body);
      return { ...view, summary: { ...view.summary, state: 'approved', unanswered: 0 } };
    },
  };
  const { page: queue, done: left } = await open('/inspections?show=returned', { replace });
  await queue.getByTestId('unanswered').getByText('Còn 1 ý kiến chưa trả lời').locator('visible=true').waitFor();
  await left();
  for (const look of [{}, { viewport: PHONE }]) {
    const { page: shown, done } = await open(`/inspections/${view.summary.id}`, { replace, ...look });
    const history = shown.getByRole('region', { name: 'Diễn biến' });
    const decisions = history.getByTestId('decision');
    await decisions.nth(1).waitFor();
    assert.equal(await decisions.count(), 2);
    await decisions.nth(0).getByText('Chỉ huy Đội khu vực, Đội Chữa cháy và CNCH khu vực số 3').waitFor();
    await decisions.nth(0).getByText('Đã kiểm tra, giữ nguyên vì cửa mở ra ngoài.').waitFor();
    await decisions.nth(1).getByText('Chưa trả lời').waitFor();
    // Answered words stand folded at their item, open ones do not.
    const first = shown.locator(`#i-${view.items[0].code}`);
    assert.equal(await first.locator('details[data-comment=closed]').count(), 2);
    assert.equal(await shown.locator(`#i-${view.items[2].code} [data-comment=open]`).count(), 1);
    await assertFits(shown);
    await done();
  }
  const { page: shown, done } = await open(`/inspections/${view.summary.id}`, { replace });
  await shown.getByRole('button', { name: 'Duyệt', exact: true }).click();
  const told = shown.getByRole('dialog').getByTestId('unanswered');
  await told.getByText('Đo lại bề rộng thang tầng 5.').waitFor();
  await shown.getByRole('dialog').getByRole('button', { name: 'Duyệt' }).click();
  await shown.getByText('Đã duyệt').first().waitFor();
  assert.deepEqual(asked[0].unanswered, [view.items[2].code]);
  await done();
});

test('the photos of what is held are seen before anybody decides, and how many cannot be', async () => {
  const place = { vi: 'ảnh ở mục ESC-08 “Hành lang, cầu thang không để xe”', en: 'photo at question ESC-08' };
  const photo = (name) => ({ hash: name.repeat(32), place, width: 1600, height: 1200 });
  const [held] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
  const photos = { photos: [photo('ab'), photo('cd')], photos_more: 0, photos_absent: 1 };
  const replace = { 'GET quarantine': page([{ ...held, ...photos }]) };
  const { page: list, done } = await open('/quarantine', { replace });
  const asked = [];
  await list.route('**/api/v1/quarantine/*/photos/**', (route) => {
    asked.push(new URL(route.request().url()).pathname);
    return route.fulfill({
      contentType: 'image/svg+xml',
      body: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#9bb" d="M0 0h4v3H0z"/></svg>',
    });
  });
  await list.reload();
  const strip = list.getByTestId('held-photos');
  await strip.waitFor();
  await list.getByText('1 ảnh chưa xem được').waitFor();
  for (const viewport of [PHONE, { width: 1280, height: 800 }]) {
    await list.setViewportSize(viewport);
    await assertFits(list);
    if (process.env.SHOT)
      await list.screenshot({ path: `${process.env.SHOT}-held-${viewport.width}.png`, fullPage: true });
  }
  await strip.getByRole('button', { name: 'Ảnh 1 trên 2' }).click();
  const large = list.getByTestId('held-photo');
  await large.getByRole('img', { name: 'ảnh ở mục ESC-08' }).waitFor();
  await large.getByRole('button', { name: 'Ảnh sau' }).click();
  await list.getByRole('heading', { name: 'Ảnh 2 trên 2' }).waitFor();
  if (process.env.SHOT) await list.screenshot({ path: `${process.env.SHOT}-held-large.png` });
  assert.ok(
    asked.every((path) => path.startsWith(`/api/v1/quarantine/${held.id}/photos/`)),
    'of no record',
  );
  assert.ok(asked.includes(`/api/v1/quarantine/${held.id}/photos/${'cd'.repeat(32)}`));
  await done();
});

test("an administrator's first page says that the server's clock differs from everybody's, and what to do", async () => {
  for (const [ahead, words] of [
    [26 * 3_600_000, 'Đồng hồ máy chủ nhanh 1 ngày so với máy của 3 người'],
    [-20 * 60_000, 'Đồng hồ máy chủ chậm 20 phút so với máy của 3 người'],
  ]) {
    const numbers = fake.answers(known, fake.ADMIN)['GET dashboard']();
    const replace = { 'GET dashboard': () => ({ ...numbers, clock: { ahead_ms: ahead, people: 3 } }) };
    const { page: overview, done } = await open('/', { me: fake.ADMIN, replace });
    await overview.getByTestId('server-clock').getByRole('heading', { name: words }).waitFor();
    await overview.getByText('Máy chủ vẫn nhận dữ liệu như thường').waitFor();
    for (const viewport of [PHONE, { width: 1280, height: 800 }]) {
      await overview.setViewportSize(viewport);
      await assertFits(overview);
      if (process.env.SHOT) await overview.screenshot({ path: `${process.env.SHOT}-clock-${viewport.width}.png` });
    }
    await done();
  }
  const { page: overview, done } = await open('/', { me: fake.ADMIN });
  await overview.getByRole('heading', { name: 'Quản trị hệ thống' }).waitFor();
  assert.equal(await overview.getByTestId('server-clock').count(), 0);
  await done();
});

test("who gave a visit up and took it up again stands in the record's course, and that the seal stands", async () => {
  const view = fake.answers(known, fake.REVIEWER)['GET inspections/:id'](known.inspections[0].id);
  const by = view.seals[0].by;
  const at = (hours) => ({ ...by, at: by.at + hours * 3_600_000 });
  const given_up_log = [
    { reason: 'by_mistake', words: '', by: at(-2), late: false },
    { reason: null, words: '', by: at(-1), late: false },
    { reason: 'no_entry', words: 'không ai mở cửa', by: at(-0.5), late: true },
  ];
  const replace = { 'GET inspections/:id': () => ({ ...view, given_up_log }) };
  const { page: opened, done } = await open(record(), { replace });
  const course = opened.getByRole('region', { name: 'Diễn biến' });
  for (const words of [
    'Bỏ lần kiểm tra',
    'Bắt đầu nhầm',
    'Mở lại lần kiểm tra',
    'không ai mở cửa',
    'chữ ký vẫn có hiệu lực',
  ])
    await course.getByText(words).first().waitFor();
  if (process.env.SHOT) await course.screenshot({ path: `${process.env.SHOT}-course.png` });
  await done();
});
