/** What the server holds back, as reviewers and administrators see it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PHONE, assertFits } from './browser.mjs';
import { known, open, page } from './desk.mjs';
import * as fake from './fake.mjs';

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
        carried: null,
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

test("what cannot be read is set aside, all of a device's at once, knowing what that does", async () => {
  const asked = [];
  const [one] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
  const garbage = {
    ...one,
    document: null,
    kind: null,
    unit: null,
    unit_name: '',
    author_name: null,
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
    release: 'unreadable',
    may_set_aside: true,
  };
  // Of a unit that the server does not have nobody is a reviewer either, and it is not said that one decides.
  const stray = { ...garbage, id: 3, unit: 'ab', release: 'withheld', may_set_aside: false };
  const settled = { set_aside: true, may_set_aside: false };
  const replace = {
    'GET quarantine': () =>
      page([asked.length > 0 ? { ...garbage, released_at: Date.now(), ...settled } : garbage, stray])(),
    'GET quarantine/:id/set-aside': () => ({ count: 2048 }),
    'POST quarantine/:id/set-aside': (id, _, query) => {
      asked.push([id, query.get('extent')]);
      return {};
    },
  };
  const { page: list, done } = await open('/quarantine', { me: fake.ADMIN, replace });
  const rows = list.getByTestId('quarantine').locator(':scope > li');
  await rows.first().getByText('Máy chủ không đọc được gói này').waitFor();
  await rows.last().getByText('Gói này ghi một đơn vị mà máy chủ không có').waitFor();
  await rows.first().getByText('Do máy “Điện thoại Minh” của Nguyễn Đức Minh gửi').waitFor();
  assert.equal(await list.getByText('Cán bộ duyệt của đơn vị xem nội dung và quyết định.').count(), 0);
  assert.equal(await list.getByRole('button', { name: 'Gác lại' }).count(), 1);
  await list.getByRole('button', { name: 'Gác lại' }).click();
  const dialog = list.getByRole('dialog');
  for (const words of ['hãy hỏi người giữ máy', 'Gói không vào hồ sơ nào', 'mặc định 30 ngày', 'đến lại'])
    await dialog.getByText(words).waitFor();
  await dialog.getByLabel('Gác lại cả 2.048 gói không thể cho qua từ máy “Điện thoại Minh”').check();
  for (const viewport of [PHONE, { width: 1280, height: 800 }]) {
    await list.setViewportSize(viewport);
    await assertFits(list);
  }
  await dialog.getByRole('button', { name: 'Gác lại' }).click();
  await rows.first().getByText('Đã gác lại').waitFor();
  assert.deepEqual(asked, [['1', 'device']]);
  assert.equal(await list.getByRole('button', { name: 'Gác lại' }).count(), 0);
  await done();
});

test('what can be read and never be let in is set aside by its reviewer, from the device that sent it', async () => {
  const asked = [];
  const [one] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
  const never = {
    ...one,
    code: 'record_mismatch',
    title: 'Hồ sơ không khớp với những gì máy chủ biết.',
    title_en: 'The record does not match what the server knows.',
    cause: 'other_kind',
    reason_vi: 'Hồ sơ đã có là hồ sơ cơ sở.',
    reason: 'The record that exists is of another kind: premises.',
    release: 'never',
    may_set_aside: true,
    // A colleague's device carried it.
    device_name: 'Máy tính bảng Hòa',
    device_owner: 'Trần Thị Hòa',
  };
  const newer = { ...never, id: 7, may_set_aside: false, release: 'approved' };
  const devices = fake.answers(known, fake.ADMIN)['GET devices']();
  const [device] = devices;
  const replace = {
    'GET devices': () => devices.map((each) => (each.id === device.id ? { ...each, held: 312 } : each)),
    'GET quarantine': (_, __, query) => {
      asked.push(query.get('device'));
      return page([never, newer])();
    },
    'GET quarantine/:id/set-aside': () => ({ count: 312 }),
    'POST quarantine/:id/set-aside': (id, _, query) => {
      asked.push([id, query.get('extent')]);
      return {};
    },
  };
  const { page: ledger, done } = await open('/devices', { me: fake.ADMIN, replace });
  const shown = async (name, target) => {
    for (const [width, height] of [
      [PHONE.width, PHONE.height],
      [1280, 800],
    ]) {
      await target.setViewportSize({ width, height });
      await assertFits(target);
      if (process.env.SHOT) await target.screenshot({ path: `${process.env.SHOT}-${name}-${width}.png` });
    }
  };
  await ledger.getByRole('button', { name: `Thu hồi: ${device.name}` }).click();
  await ledger.getByRole('dialog').getByText('Máy chủ đang giữ lại 312 gói do máy này gửi').waitFor();
  await shown('revoke', ledger);
  await ledger.getByRole('dialog').getByRole('button', { name: 'Hủy' }).click();
  assert.equal(await ledger.getByRole('link', { name: /Gói bị giữ lại/ }).count(), 1, 'only where something is held');
  await shown('devices', ledger);
  await ledger.getByRole('link', { name: 'Gói bị giữ lại: 312' }).click();
  await ledger.getByText('Chỉ gồm các gói do máy “Máy tính bảng Hòa” của Trần Thị Hòa gửi.').waitFor();
  assert.deepEqual(asked, [device.id]);
  await done();

  const { page: list, done: closed } = await open(`/quarantine?device=${device.id}`, { replace });
  const rows = list.getByTestId('quarantine').locator(':scope > li');
  await rows.first().getByText('Nguyễn Đức Minh').waitFor();
  await rows.first().getByText('do máy “Máy tính bảng Hòa” của Trần Thị Hòa gửi').waitFor();
  assert.equal(await list.getByRole('button', { name: 'Cho qua' }).count(), 0);
  assert.equal(await list.getByRole('button', { name: 'Gác lại' }).count(), 1, 'only where it would be accepted');
  await shown('never', list);
  await list.getByRole('button', { name: 'Gác lại' }).click();
  const dialog = list.getByRole('dialog');
  for (const words of ['ESC-08', 'Không đạt', 'Hồ sơ đã có là hồ sơ cơ sở.', 'Không cho qua được', 'đến lại'])
    await dialog.getByText(words).first().waitFor();
  const all = dialog.getByLabel('Gác lại cả 312 gói không thể cho qua từ máy “Máy tính bảng Hòa”');
  assert.ok(await all.isChecked(), 'who came for one device means all that it sent');
  await shown('aside', list);
  await dialog.getByRole('button', { name: 'Gác lại' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual(asked.at(-2), ['1', 'device']);
  await list.getByRole('link', { name: 'Xem gói của mọi máy' }).click();
  await list.waitForURL((url) => url.search === '');
  await closed();
});

test('what is held back is let in knowingly: what it says, by whom, of which record, and what that does', async () => {
  const [held, approved] = known.inspections;
  const { page: list, done } = await open('/quarantine');
  const rows = list.getByTestId('quarantine').locator(':scope > li');
  const says = rows.first().getByTestId('says');
  await says.getByText('Mục ESC-08 “Hành lang, cầu thang').waitFor();
  assert.equal(await rows.count(), 2);
  assert.match(await says.innerText(), /Không đạt: Hai xe máy ở chân cầu thang · Ghi lúc /);
  await rows.first().getByText('và 2 nội dung khác không xem được ở đây').waitFor();
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

test('all that is held can be read, in the list and above the key that lets it in', async () => {
  const [held] = fake.answers(known, fake.REVIEWER)['GET quarantine']().items;
  const says = Array.from({ length: 14 }, (_, index) => ({
    ...held.says[0],
    item: `ESC-${String(index + 1).padStart(2, '0')}`,
    place: { vi: `mục ESC-${String(index + 1).padStart(2, '0')}`, en: 'question' },
  }));
  const replace = { 'GET quarantine': page([{ ...held, says, says_more: 0 }]) };
  const { page: list, done } = await open('/quarantine', { replace });
  const unfolds = async (within, name) => {
    await within.getByText('Mục ESC-06').waitFor();
    assert.ok(await within.getByText('Mục ESC-14').isHidden());
    await within.getByText('Xem 8 nội dung còn lại').click();
    for (const code of ['ESC-07', 'ESC-14']) await within.getByText(`Mục ${code}`).waitFor();
    for (const viewport of [PHONE, { width: 1280, height: 800 }]) {
      await list.setViewportSize(viewport);
      await assertFits(list);
      if (process.env.SHOT)
        await list.screenshot({ path: `${process.env.SHOT}-${name}-${viewport.width}.png`, fullPage: true });
    }
  };
  await unfolds(list.getByTestId('quarantine'), 'all-said');
  await list.getByRole('button', { name: 'Cho qua' }).click();
  await unfolds(list.getByRole('dialog'), 'all-said-asked');
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
  await list.goBack();
  await large.waitFor({ state: 'hidden' });
  assert.ok(await strip.isVisible(), 'Back closes the photo, and stays at the list');
  assert.ok(
    asked.every((path) => path.startsWith(`/api/v1/quarantine/${held.id}/photos/`)),
    'of no record',
  );
  assert.ok(asked.includes(`/api/v1/quarantine/${held.id}/photos/${'cd'.repeat(32)}`));
  await done();
});
