/**
 * A declaration that two officers decide differently while apart, what its head typed and did not send yet, and an
 * officer's reply to a reviewer's words on the whole record.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { openPage, PHONE } from './console/browser.mjs';
import { complete, exchange, head, photograph, startFree } from './console/fieldwork.mjs';
import { settled, shoot } from './screens.mjs';
import { looking, town } from './town.mjs';

const { server, ha, long, browser, page, open, exchangeHere, end } = await town();
after(end);

const list = { command: 'facility_list', query: '', class: 'mini_apartment', offset: 0, limit: 1 };
const facility = (await ha.command(list)).items[0].id;
const invited = await ha.command({ command: 'invite', facility });
await exchange(ha);
const home = await head(invited.link, 'Vũ Thị Mai', 'Điện thoại của Mai');
const other = await openPage(browser, { viewport: PHONE });
after(async () => {
  await other.done();
  await home.end();
});
const mine = other.page;
const at = looking(mine, home);
const kept = async () => (await home.command({ command: 'declaration' }))?.declaration;

test('what a head typed is there again after going back and reloading, and a number asks what follows from it', async () => {
  await at.open('/declare/1');
  await mine.locator('input[name="apartment"]').fill('P.402');
  await mine.locator('input[name="storeys"]').fill('7');
  await mine.goBack();
  await at.open('/declare/1');
  assert.equal(await mine.locator('input[name="apartment"]').inputValue(), 'P.402');
  await mine.locator('input[name="apartment"]').fill('P.'.padEnd(70, '4'));
  await mine.getByRole('button', { name: 'Tiếp tục' }).click();
  // The error stands at its box.
  await mine.locator('input[name="apartment"][aria-invalid="true"]').waitFor();
  await mine.getByText('Nội dung dài quá 60 ký tự').waitFor();
  await shoot(mine, 'home-too-long', { only: 'phone' });
  await mine.locator('input[name="apartment"]').fill('P.403');
  await mine.getByRole('button', { name: 'Tiếp tục' }).click();
  await mine.locator('[data-type="mini_apartment"]').click();
  await mine.getByRole('button', { name: 'Tiếp tục' }).click();
  await mine.locator('textarea[name="exits"]').fill('Cửa chính tầng 1\nBan công tầng 4 sang nhà số 39');
  await mine.reload();
  await settled(mine);
  assert.match(await mine.locator('textarea[name="exits"]').inputValue(), /Ban công tầng 4/);
  await mine.getByRole('button', { name: 'Tiếp tục' }).click();
  await mine.locator('input[name="residents"]').fill('4');
  await mine.locator('input[name="need-help"]').pressSequentially('1');
  await mine.locator('textarea[name="help-note"]').waitFor();
  await mine.locator('input[name="need-help"]').press('Enter');
  // Asked once: who goes on without it may.
  await mine.getByText('Hãy ghi họ ở tầng nào').waitFor();
  assert.match(mine.url(), /declare\/4/);
  await mine.locator('textarea[name="help-note"]:focus').waitFor();
  await mine.getByRole('button', { name: 'Tiếp tục' }).click();
  await mine.locator('[data-list="declare-missing"]').getByText('Họ ở tầng nào, cần giúp thế nào').waitFor();
  await at.open('/declare/4');
  await mine.locator('textarea[name="help-note"]').fill('Bà ngoại 82 tuổi\nnằm phòng sau tầng 4');
  await mine.locator('input[name="need-help"]').fill('0');
  await mine.locator('textarea[name="help-note"]').waitFor({ state: 'detached' });
  await mine.getByRole('button', { name: 'Tiếp tục' }).click();
  await mine.getByRole('button', { name: 'Gửi khai báo' }).waitFor();
  assert.doesNotMatch(await mine.locator('main').innerText(), /Bà ngoại/);
  assert.equal((await kept()).help_note, '', 'no note of people who need no help');
  assert.match(await mine.locator('main').innerText(), /Cửa chính tầng 1\nBan công/, 'lines stay lines');
  await mine.getByRole('button', { name: 'Gửi khai báo' }).click();
  await mine.getByText(/Chờ (gửi|xác nhận)/).waitFor();
});

test('two officers decide one declaration differently: everybody sees both, and one of them is chosen', async () => {
  for (const device of [home, ha, long]) await exchange(device);
  const [dwelling] = (await ha.command({ command: 'facility_sheet', id: facility })).dwellings;
  const decide = (decision, words) => ({
    command: 'declaration_decide',
    dwelling: dwelling.id,
    decision,
    words,
  });
  await ha.command(decide('approved', ''));
  await long.command(decide('returned', 'Chị ghi rõ ai cần giúp'));
  for (const device of [ha, long, ha, home]) await exchange(device);

  await mine.reload();
  await at.open('/');
  const both = mine.getByTestId('decided-apart');
  await both.getByText('Chị ghi rõ ai cần giúp').waitFor();
  await both.locator('[data-decided="approved"]').waitFor();
  assert.doesNotMatch(await mine.locator('main').innerText(), /Cảm ơn bạn/);
  await shoot(mine, 'home-apart');

  await open(`/facilities/${facility}`);
  await page.getByTestId('decided-apart').scrollIntoViewIfNeeded();
  assert.equal(await page.getByTestId('decided-apart').locator('[data-decided]').count(), 2);
  await shoot(page, 'declaration-apart', { to: page.getByTestId('decided-apart') });
  await page.getByRole('link', { name: 'Chọn quyết định' }).click();
  await page.getByRole('heading', { name: /Vũ Thị Mai · / }).waitFor();
  const sides = page.getByTestId('clash-side');
  await sides.filter({ hasText: 'Đã xác nhận' }).waitFor();
  const asked = sides.filter({ hasText: 'Cần sửa' });
  await asked.getByText('Chị ghi rõ ai cần giúp').waitFor();
  assert.doesNotMatch(await page.locator('main').innerText(), /[{}"]/, 'words, not data');
  await shoot(page, 'declaration-clash');
  await asked.getByRole('button', { name: 'Giữ quyết định này' }).click();
  await asked.waitFor({ state: 'detached' });
  await exchange(ha);
  await exchange(home);
  await mine.reload();
  await mine.getByText('Chị ghi rõ ai cần giúp').waitFor();
  await both.waitFor({ state: 'detached' });
});

test('a reply to words on the whole record reaches the reviewer, who approves', async () => {
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  const record = await startFree(ha);
  await complete(ha, record, { photos });
  await exchange(ha);
  const reviewer = await server.console('duyet1');
  const path = `/api/v1/inspections/${record.id}`;
  const sent = await reviewer('GET', path);
  const words = 'Vì sao không xem tầng hầm?';
  await reviewer('POST', `${path}/decision`, { decision: 'returned', on: sent.newest_sealed, words, comments: [] });
  await exchangeHere();
  await open(`/inspections/${record.id}`);
  await page.getByRole('button', { name: 'Giữ nguyên và trả lời' }).filter({ visible: true }).first().click();
  const reply = page.locator('textarea[name="reply-_"]');
  await reply.fill('Nhà không có');
  // At once: what is typed is kept as everything is, whatever becomes of the page.
  await page.goBack();
  await open(`/inspections/${record.id}`);
  await page.getByRole('button', { name: 'Sửa lời trả lời' }).filter({ visible: true }).first().click();
  assert.equal(await reply.inputValue(), 'Nhà không có');
  await reply.fill('Nhà không có tầng hầm nào');
  await page.reload();
  await page.getByText('Nhà không có tầng hầm nào').first().waitFor();
  await page.getByRole('button', { name: 'Sửa lời trả lời' }).filter({ visible: true }).first().click();
  await reply.fill('Bỏ đi');
  await page.getByRole('button', { name: 'Hủy' }).click();
  await page.getByText('Nhà không có tầng hầm nào').first().waitFor();
  await page.getByRole('button', { name: 'Sửa lời trả lời' }).filter({ visible: true }).first().click();
  await reply.fill('Nhà không có tầng hầm.');
  await page.getByRole('button', { name: 'Ghi lời trả lời' }).click();
  await page.getByText('Nhà không có tầng hầm.').first().waitFor();
  await shoot(page, 'reply-whole', { only: 'phone' });
  await open(`/inspections/${record.id}/finish`);
  await page.getByTestId('finish-seal').click();
  await page.getByTestId('finish-sure').click();
  await page.getByRole('heading', { name: 'Đã ký, đã khóa' }).waitFor();
  await exchangeHere();
  const seen = await reviewer('GET', path);
  assert.equal(seen.summary.state, 'supplemented', 'nothing of it is held back');
  assert.deepEqual(
    seen.decisions[0].replies.map((reply) => reply.words),
    ['Nhà không có tầng hầm.'],
  );
  const approved = { decision: 'approved', on: seen.newest_sealed, words: 'Đủ.', comments: [] };
  await reviewer('POST', `${path}/decision`, approved);
  await exchangeHere();
  await open(`/inspections/${record.id}`);
  await page.getByText('Biên bản đã được duyệt.').first().waitFor();
});
