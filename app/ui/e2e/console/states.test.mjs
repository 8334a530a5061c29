/** States of the console that a real server can't be brought to at will: empty, refused, unreachable, expired. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PHONE, assertFits, openPage } from './browser.mjs';
import { browser, known, open, page, pages, record } from './desk.mjs';
import * as fake from './fake.mjs';

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
