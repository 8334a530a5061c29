/**
 * A checklist that the city wrote as a form: storeys that the officer adds, each asked for itself, wards of a district, times,
 * orders, ways; on the device, between two of them, in the console and on paper.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, test } from 'node:test';

import { assertFits, openPage, WIDE } from './console/browser.mjs';
import { answer, exchange } from './console/fieldwork.mjs';
import { shrink } from './png.mjs';
import { shoot } from './screens.mjs';
import { town, until } from './town.mjs';

const FORM = `survey
,type,name,label,choice_filter,calculation,repeat_count,required,relevant,constraint,constraint_message,default
,begin_group,nha,Ngôi nhà,,,,,,,
,select_one quan,quan,Quận,,,,yes,,,
,select_one_from_file phuong.csv,phuong,Phường của quận,quan = \${quan},,,yes,,,
,time,gio,Giờ đóng cổng,,,,,,,
,dateTime,dien_tap,Lần diễn tập gần nhất,,,,,,,
,rank loi,thu_tu,Lối ra theo mức dễ thoát,,,,,,,
,geotrace,duong,Đường xe chữa cháy vào,,,,,,,
,integer,ho,Số hộ,,,,,,,
,integer,chia_khoa,Số chìa khóa cổng,,,,,,,,\${ho} * 2
,end_group,,,,,,,,,
,begin_repeat,tang,Tầng,,,,,,,
,calculate,so_tang,,,position(..),,,,,
,integer,loi_ra,Tầng \${so_tang} có mấy lối ra?,,,,yes,,. <= 9,Tầng \${so_tang} không thể có nhiều lối ra đến thế.
,integer,so_phong,Số phòng,,,,yes,,,
,begin_repeat,phong,Phòng,,,\${so_phong},,,,
,integer,so_nguoi,Số người ở,,,,,,,
,end_repeat,,,,,,,,,
,end_repeat,,,,,,,,,
,calculate,tong,,,sum(\${loi_ra}),,,,,
,note,ket_qua,Cả nhà có \${tong} lối ra.,,,,,\${tong} > 0,,
choices
,list_name,name,label
,quan,hk,Hoàn Kiếm
,quan,dd,Đống Đa
,loi,cau_thang,Cầu thang bộ
,loi,mai,Lên mái
,loi,ban_cong,Ban công
settings
,form_title,form_id
,Kiểm tra từng tầng,kiem_tra_tang
`;
const WARDS = 'name,label,quan\nhb,Hàng Bạc,hk\nhbo,Hàng Bồ,hk\nlh,Láng Hạ,dd\n';

const run = promisify(execFile);
const PICTURE = fileURLToPath(
  new URL('../../../docs/screenshots/console/record-storeys-1280x800.png', import.meta.url),
);
const folder = await mkdtemp(join(tmpdir(), 'ancu-form-'));
const { server, ha, long, browser, page, at, item, open, end } = await town();
after(async () => {
  await end();
  await rm(folder, { recursive: true, force: true });
});

let inspection;
const view = (device) => device.command({ command: 'inspection_open', id: inspection });
const held = async (code) => (await view(ha)).items.find((each) => each.code === code)?.statements[0]?.answer ?? null;
const value = async (code) => (await held(code))?.value;

async function type(code, text) {
  const box = item(code).locator(`input[name="answer-${code}"]`);
  await box.fill(text);
  await box.press('Enter');
}

test('a form of the city is there for the next visit, with the file that it looks things up in', async () => {
  await writeFile(join(folder, 'tang.csv'), FORM);
  await writeFile(join(folder, 'phuong.csv'), WARDS);
  await server.cli('template', 'import', join(folder, 'tang.csv'));
  await exchange(ha);
  await exchange(long);
  const list = { command: 'facility_list', query: '', class: 'mini_apartment', offset: 0, limit: 30 };
  const free = (await ha.command(list)).items.find((each) => each.open_inspection === null);
  const plan = await ha.command({ command: 'inspection_plan', facility: free.id });
  const { template } = plan.checklists.find((each) => each.template.code === 'kiem_tra_tang');
  const reason = 'Kiểm tra từng tầng';
  inspection = (await ha.command({ command: 'inspection_start', facility: free.id, template, reason })).summary.id;
});

test('only what fits the answers is offered, and what no longer fits is told', async () => {
  await open(`/inspections/${inspection}/s/nha`);
  await item('phuong').getByText('Chưa có phương án nào khớp').waitFor();
  await item('quan').getByRole('radio', { name: 'Hoàn Kiếm' }).check();
  await item('phuong').getByRole('radio', { name: 'Hàng Bồ' }).check();
  await until(() => value('phuong'), 'hbo');
  assert.equal(await item('phuong').getByRole('radio').count(), 2);
  await item('quan').getByRole('radio', { name: 'Đống Đa' }).check();
  await item('phuong').getByText('“Hàng Bồ” không còn khớp').waitFor();
  await shoot(page, 'repeats-unoffered', { only: 'phone' });
  await item('phuong').getByRole('radio', { name: 'Láng Hạ' }).check();
  await until(() => value('phuong'), 'lh');
});

test('a time, a moment, an order and a way are answered', async () => {
  await item('gio').locator('input[name="answer-gio"]').fill('22h30');
  await item('gio').locator('input[name="answer-gio"]').press('Enter');
  await until(() => value('gio'), '22:30');
  await item('dien_tap').locator('input[name="answer-dien_tap"]').fill('8:05');
  await item('dien_tap').locator('input[name="answer-dien_tap-day"]').fill('03/09/2026');
  await item('dien_tap').locator('input[name="answer-dien_tap-day"]').press('Tab');
  await until(() => value('dien_tap'), Date.parse('2026-09-03T08:05:00+07:00'));
  for (const name of ['Lên mái', 'Cầu thang bộ', 'Ban công'])
    await item('thu_tu').getByRole('button', { name }).click();
  await until(async () => (await value('thu_tu'))?.join(' '), 'mai cau_thang ban_cong');
  await page.context().grantPermissions(['geolocation']);
  const go = (latitude) => page.context().setGeolocation({ latitude, longitude: 105.8128, accuracy: 4 });
  await go(20.9931);
  await item('duong').getByTestId('line-open').click();
  await at('line-here').click();
  await at('line-point').waitFor();
  await go(20.9941);
  await at('line-here').click();
  await page.getByText('2 điểm').waitFor();
  await at('line-save').click();
  await until(async () => (await value('duong'))?.length, 2);
});

test('an answer that follows from another is offered, and nobody has given it before it is taken', async () => {
  await type('ho', '6');
  await item('chia_khoa').getByRole('button', { name: '12' }).waitFor();
  assert.equal(await held('chia_khoa'), null);
  await item('chia_khoa').getByRole('button', { name: '12' }).click();
  await until(() => value('chia_khoa'), 12);
});

test('every storey is asked for itself, and an officer adds them', async () => {
  await open(`/inspections/${inspection}/s/tang.1`);
  await page.getByRole('heading', { name: 'Tầng 1 có mấy lối ra?' }).waitFor();
  await type('loi_ra.1', '2');
  await type('so_phong.1', '2');
  await until(() => value('so_phong.1'), 2);
  // Its rooms come first, as many as it has; then there may be another storey.
  await open(`/inspections/${inspection}/s/phong.1.2`);
  await type('so_nguoi.1.2', '3');
  await page.locator('[data-testid="repetition-add"]:visible').click();
  await page.getByRole('heading', { name: 'Tầng 2 có mấy lối ra?' }).waitFor();
  const second = page.url().split('/s/tang.')[1];
  await type(`loi_ra.${second}`, '12');
  await page.getByText('Tầng 2 không thể có nhiều lối ra đến thế.').waitFor();
  await type(`loi_ra.${second}`, '1');
  await until(() => value(`loi_ra.${second}`), 1);
  await shoot(page, 'repeats-storey');
  await open(`/inspections/${inspection}`);
  await shoot(page, 'repeats-sections', { to: page.getByRole('heading', { name: 'Các phần' }) });
  const shown = await page.getByTestId('group').allInnerTexts();
  assert.deepEqual(
    shown.map((text) => text.split('\n')[0]),
    ['Ngôi nhà', 'Tầng 1', 'Tầng 1 › Phòng 1', 'Tầng 1 › Phòng 2', 'Tầng 2', 'Kiểm tra từng tầng'],
  );
  const { form } = await view(ha);
  assert.equal(form.values.tong, '3');
});

test('a colleague adds another one meanwhile: both are there, and both officers see all of it', async () => {
  await exchange(ha);
  await exchange(long);
  const theirs = await long.command({ command: 'repetition_add', inspection, place: 'tang' });
  const name = theirs.item.code.split('.')[1];
  await answer(long, inspection, `loi_ra.${name}`, { kind: 'number', value: 3 });
  const own = await ha.command({ command: 'repetition_add', inspection, place: 'tang' });
  await answer(ha, inspection, `loi_ra.${own.item.code.split('.')[1]}`, { kind: 'number', value: 4 });
  for (const device of [ha, long, ha]) await exchange(device);
  const seen = await Promise.all([ha, long].map(view));
  assert.deepEqual(seen[0].form, seen[1].form);
  assert.equal(seen[0].form.repetitions.tang.length, 4);
  assert.equal(seen[0].form.values.tong, '10');
  assert.equal(seen[0].summary.progress.clashes, 0);
});

test('one that was too many is taken out, and what was said in it is kept', async () => {
  const last = (await view(ha)).form.repetitions.tang.at(-1);
  await open(`/inspections/${inspection}/s/tang.${last}`);
  await at('repetition-remove').click();
  await page.getByText('vẫn được giữ trong lịch sử').waitFor();
  await shoot(page, 'repeats-remove', { only: 'phone' });
  await at('repetition-remove-sure').click();
  await until(async () => (await view(ha)).form.repetitions.tang.length, 3);
  assert.ok(await held(`loi_ra.${last}`));
  await open(`/inspections/${inspection}/s/tang.${last}`);
  await page.getByText('Phiếu kiểm tra này không có phần đó.').waitFor();
});

test('who reviews sees the storeys too, each under its own heading', async () => {
  await exchange(ha);
  const opened = await openPage(browser, { viewport: WIDE });
  try {
    const desk = opened.page;
    await desk.goto(`${server.url}/inspections/${inspection}`);
    await desk.getByLabel('Tên đăng nhập').fill('duyet1');
    await desk.getByLabel('Mật khẩu', { exact: true }).fill(server.account('duyet1').password);
    await desk.getByRole('button', { name: 'Đăng nhập' }).click();
    const heading = desk.getByRole('heading', { name: 'Tầng 2 1/2', exact: true });
    await heading.waitFor();
    await desk.getByText('Tầng 2 có mấy lối ra?').waitFor();
    assert.equal(await desk.getByText('Tầng 4 có mấy lối ra?').count(), 0);
    await assertFits(desk);
    await heading.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await writeFile(PICTURE, shrink(await desk.screenshot({ animations: 'disabled' })));
  } finally {
    await opened.done();
  }
});

test('on paper each storey has its heading, and what was taken out is not there', async () => {
  const file = join(folder, 'tang.pdf');
  await ha.command({ command: 'print', id: inspection, file });
  const { stdout: text } = await run('pdftotext', ['-layout', file, '-']);
  for (const words of ['Tầng 1', 'Tầng 1 › Phòng 2', 'Tầng 3 có mấy lối ra?', 'Láng Hạ', '22:30'])
    assert.ok(text.includes(words), `${words}: ${text}`);
  for (const words of ['Tầng 4', '${', 'loi_ra.']) assert.ok(!text.includes(words), words);
});
