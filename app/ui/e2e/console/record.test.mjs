/** A record at the desk of who reviews it, in states that a real server can't be brought to at will: clashing, overtaken, returned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PHONE, assertFits } from './browser.mjs';
import { known, loginRequired, open, page, record } from './desk.mjs';
import * as fake from './fake.mjs';

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
  await view.getByRole('button', { name: 'Xem biên bản mới nhất' }).click();
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
  const words = view.getByLabel('Ý kiến cho mục REC-02');
  assert.equal(await words.inputValue(), 'Ghi rõ hơn');
  await view.keyboard.press('Escape');
  await view.keyboard.press('k');
  await view.locator('[data-item="REC-01"]:focus').waitFor();
  await view.keyboard.press('d');
  const panel = view.locator('#decision textarea');
  await view.locator('#decision textarea:focus').waitFor();
  await view.keyboard.press('Escape');
  await view.keyboard.press('j');
  await view.locator('[data-item]:focus').waitFor();
  assert.deepEqual([await words.inputValue(), await panel.inputValue()], ['Ghi rõ hơn', '']);
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

test('Back closes a photo and leaves the record only afterwards', async () => {
  const { page: view, done } = await open('/inspections', { viewport: PHONE });
  await view.getByTestId('inspections').getByRole('link').first().click();
  const label = view.locator('dt').filter({ hasText: 'Người kiểm tra' });
  await label.waitFor();
  const lines = await label.evaluate((node) => {
    const text = document.createRange();
    text.selectNodeContents(node);
    return [...text.getClientRects()].map(({ width }) => Math.round(width));
  });
  assert.equal(lines.length, 1, `a label stays on one line: ${lines}`);
  if (process.env.SHOT) await view.screenshot({ path: `${process.env.SHOT}-record.png` });
  await view.getByRole('link', { name: /^Ảnh/ }).click();
  const here = view.url();
  const photo = view.getByRole('button', { name: 'Ảnh 1 ở mục REC-06' });
  const viewer = view.getByTestId('viewer');
  // Closed by its own cross it leaves no step behind; opened again it is closed by Back.
  await photo.click();
  await viewer.waitFor();
  await view.getByRole('button', { name: 'Đóng' }).click();
  await viewer.waitFor({ state: 'hidden' });
  await photo.click();
  await viewer.waitFor();
  await view.goBack();
  await viewer.waitFor({ state: 'hidden' });
  assert.equal(view.url(), here);
  assert.ok(await photo.isVisible());
  await view.goBack();
  await view.waitForURL((url) => url.pathname === '/inspections' || url.search === '');
  assert.notEqual(view.url(), here);
  await done();
});

test('words of a decision follow the checklist in the history', async () => {
  const [summary] = known.inspections;
  const asked = ['REC-02', 'ESC-08'];
  const replace = {
    'GET inspections/:id': (id) => {
      const view = fake.answers(known, fake.REVIEWER)['GET inspections/:id'](id);
      const [decision] = view.decisions;
      // As the server has them: by the codes' alphabet.
      const comments = asked.toReversed().map((item) => ({ ...decision.comments[0], item }));
      return { ...view, decisions: [{ ...decision, comments }] };
    },
  };
  const { page: view, done } = await open(`/inspections/${summary.id}`, { replace });
  const links = view.getByTestId('decision').locator('li a');
  await links.first().waitFor();
  const shown = (await links.allInnerTexts()).map((text) => text.split(' ')[0]);
  assert.deepEqual(shown, asked);
  await done();
});

test('a check that failed after the seal is in every list, at its item and in the last question', async () => {
  const { page: queue, done } = await open('/inspections');
  const row = queue.getByTestId('inspections').locator('li').first();
  await row.getByText('12 câu trả lời ngoài biên bản, 2 không đạt').last().waitFor();
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
  assert.match(await head.innerText(), new RegExp(`^${own} \\+ 2 ngoài biên bản$`));

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
  assert.match(await asked.innerText(), /12 câu trả lời chờ ngoài biên bản, 2 không đạt/);
  await done();
});

test('what is held back for another reason is not said to have come after a seal that there is not', async () => {
  const [summary] = known.inspections;
  const open_ = { state: 'in_progress', sealed_at: null, late_answers: 1, late_failed: 0 };
  const late = {
    ...{ supplement: null, code: 'write_forbidden', own: false, photos: 0, same: 0, signed_at: null },
    ...{ correction: false, asked: false },
  };
  const replace = {
    'GET inspections': page([{ ...summary, ...open_ }]),
    'GET inspections/:id': (id) => {
      const view = fake.answers(known, fake.REVIEWER)['GET inspections/:id'](id);
      const { code, statements } = view.items.find((item) => item.statements.length > 0);
      const [{ answer, note, by }] = statements;
      const item = { code, answer, note, at: by.at, failed: false, severity: null, finding: null };
      return { ...view, summary: { ...view.summary, ...open_ }, late: [{ ...late, by, items: [item] }] };
    },
  };
  const { page: queue, done } = await open('/inspections?show=in_progress', { replace });
  const row = queue.getByTestId('inspections').locator('li').first();
  await row.getByText('1 câu trả lời bị giữ lại').last().waitFor();
  await row.getByRole('link').click();
  const note = queue.getByTestId('late');
  await note.getByText('Đang bị giữ lại:').waitFor();
  await note.locator('summary').click();
  const why = note.getByRole('link', { name: 'Xem lý do ở mục Dữ liệu bị giữ lại' });
  assert.equal(await why.getAttribute('href'), '/quarantine');
  await queue.getByText('Có câu trả lời đang bị giữ lại').first().waitFor();
  assert.equal(await queue.getByText(/đến sau khi khóa/i).count(), 0);
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
