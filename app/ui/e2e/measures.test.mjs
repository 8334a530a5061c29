/**
 * Measures against premises: suggested by the rules from what an inspection found, proposed by the officer without a network, decided
 * by who is competent, seen by everybody; and a stop that was noted as ended by one while another found it disobeyed.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { WIDE, assertFits, openPage, PHONE } from './console/browser.mjs';
import { complete, exchange, photograph } from './console/fieldwork.mjs';
import { shrink } from './png.mjs';
import { shoot } from './screens.mjs';
import { visit } from './town.mjs';

const PICTURES = fileURLToPath(new URL('../../../docs/screenshots/console/', import.meta.url));

let all;
let ha;
let long;
let page;
let at;
let open;
let facility;

const measures = (device) => device.command({ command: 'measures', facility });
const stops = async (device) => (await device.command({ command: 'facility_sheet', id: facility })).summary.stops;
const today = () => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
/** As people type a day. */
const typed = (days) => {
  const [year, month, day] = new Date(Date.now() + 7 * 3_600_000 + days * 86_400_000)
    .toISOString()
    .slice(0, 10)
    .split('-');
  return `${day}/${month}/${year}`;
};

before(async () => {
  all = await visit();
  ({ ha, long, page, at, open } = all);
  const { inspection } = all;
  const { summary } = await ha.command({ command: 'inspection_open', id: inspection });
  facility = summary.facility;
  const template = await ha.command({ command: 'template', ...summary.template });
  const photos = [await photograph(page, 'Cửa thoát nạn tầng 1', ['#b9b3a4', '#6b4f4a'], 400)];
  const items = template.groups.flatMap((group) => group.items);
  const fails = { 'ESC-09': 'Cửa thoát nạn tầng 1 khóa trái.', 'ELE-03': 'Dây điện đi nổi.' };
  await complete(ha, { id: inspection, items }, { photos, fails });
});

after(() => all?.end());

test('what was found suggests measures, and the officer proposes one or says why not', async () => {
  await open(`/facilities/${facility}`);
  const suggested = (instrument) => page.locator(`[data-testid="measure-suggested"][data-instrument="${instrument}"]`);
  await suggested('temporary_suspension').getByText('ESC-09').waitFor();
  assert.equal((await stops(ha)).length, 0, 'nothing follows by itself');
  await shoot(page, 'measures-suggested', { to: suggested('temporary_suspension') });
  await suggested('temporary_suspension').getByTestId('suggested-propose').click();
  const sheet = page.getByRole('dialog');
  await sheet.getByText('Một phần', { exact: true }).click();
  await at('measure-save').click();
  await sheet.getByText('Hãy ghi lý do.').waitFor();
  await sheet.getByRole('textbox', { name: 'Lý do' }).fill('Cửa thoát nạn tầng 1 khóa trái, chìa không có tại chỗ.');
  await at('measure-save').click();
  await sheet.getByText('Hãy ghi phần bị dừng').waitFor();
  await sheet.getByRole('textbox', { name: 'Phần nào' }).fill('Các phòng tầng 2 đến tầng 5');
  assert.ok(await sheet.locator('[name="ground-direct_risk"]').isChecked(), 'the ground is the one of the rules');
  await shoot(page, 'measures-propose');
  await at('measure-save').click();
  await sheet.waitFor({ state: 'detached' });
  await suggested('temporary_suspension').waitFor({ state: 'detached' });

  await suggested('sanction').getByTestId('suggested-waive').click();
  await at('measure-save').click();
  await sheet.getByText('Hãy ghi lý do.').waitFor();
  await sheet.getByRole('textbox', { name: 'Lý do' }).fill('Lần đầu, đã cam kết khắc phục ngay.');
  await at('measure-save').click();
  await sheet.waitFor({ state: 'detached' });
  const { measures: noted, proposals } = await measures(ha);
  assert.deepEqual(noted.map((each) => each.summary.state).sort(), ['proposed', 'waived']);
  assert.equal(proposals.length, 0);
});

test('a decision is noted with its paper, and the premises are marked wherever they are shown', async () => {
  await at('measure-decided').click();
  const sheet = page.getByRole('dialog');
  await at('measure-save').click();
  await sheet.getByText('Hãy ghi số văn bản.').waitFor();
  await sheet.getByRole('textbox', { name: 'Số văn bản' }).fill('15/QĐ-TĐC');
  await sheet.getByRole('textbox', { name: 'Người, cơ quan ký' }).fill('Trưởng Công an phường Khương Đình');
  await sheet.getByRole('textbox', { name: 'Đến hết ngày' }).fill(typed(45));
  await at('measure-long').waitFor();
  await sheet.getByRole('textbox', { name: 'Đến hết ngày' }).fill(typed(5));
  await at('measure-long').waitFor({ state: 'detached' });
  await shoot(page, 'measures-decide');
  await at('measure-save').click();
  await sheet.waitFor({ state: 'detached' });
  await at('stops').getByText('Tạm đình chỉ hoạt động, một phần, đến hết').waitFor();
  await shoot(page, 'measures-stopped', { to: at('stops') });
  await open('/facilities');
  await page.locator(`[data-testid="facility-row"][data-id="${facility}"]`).getByText('Tạm đình chỉ').waitFor();
  await open('/');
  await at('measures-due').getByText('Còn 5 ngày').waitFor();
  await shoot(page, 'measures-today', { to: at('measures-due') });
});

test('the commander sees it in the console, and notes there what was decided', async () => {
  await exchange(ha);
  await exchange(long);
  assert.equal((await stops(long))[0].instrument, 'temporary_suspension');
  const { page: console, done } = await openPage(all.browser, { viewport: WIDE });
  try {
    await console.goto(`${all.server.url}/measures`);
    await console.getByLabel('Tên đăng nhập').fill('duyet1');
    await console.getByLabel('Mật khẩu', { exact: true }).fill(all.server.account('duyet1').password);
    await console.getByRole('button', { name: 'Đăng nhập' }).click();
    const list = console.getByTestId('measures-list');
    await list.getByText('Tạm đình chỉ hoạt động').first().waitFor();
    const picture = async (name, key) => {
      for (const viewport of [PHONE, WIDE]) {
        await console.setViewportSize(viewport);
        await assertFits(console);
        if (key) await key.scrollIntoViewIfNeeded();
        const file = `${PICTURES}${name}-${viewport.width}x${viewport.height}.png`;
        await writeFile(file, shrink(await console.screenshot({ animations: 'disabled' })));
      }
    };
    await picture('measures');
    await list.locator('a').first().click();
    await console.getByTestId('stops').waitFor();
    const measure = console.locator('[data-testid="measure"][data-instrument="temporary_suspension"]');
    await measure.getByTestId('measure-resumption_asked').click();
    const sheet = console.getByRole('dialog');
    await sheet.getByRole('textbox', { name: 'Người đề nghị' }).fill('Nguyễn Thị Hoa, chủ nhà');
    await sheet.getByTestId('measure-save').click();
    await sheet.waitFor({ state: 'detached' });
    await measure.getByText('Đang đề nghị phục hồi').waitFor();
    await picture('facility-measures', measure);
  } finally {
    await done();
  }
});

test('a resumption and a disobedience that were noted apart leave the stop standing', async () => {
  await exchange(ha);
  await exchange(long);
  const [{ summary }] = (await measures(ha)).measures.filter((each) => each.summary.state === 'resumption_asked');
  const note = (device, note) => device.command({ command: 'measure_note', facility, measure: summary.id, note });
  const paper = { number: '21/QĐ-PHHĐ', on: today(), issuer: 'Trưởng Công an phường Khương Đình' };
  await note(ha, { step: 'resumed', ...paper });
  assert.equal((await stops(ha)).length, 0);
  await note(long, { step: 'disobeyed', on: today(), words: '22 giờ vẫn có người ở tầng 3.' });
  await exchange(ha);
  await exchange(long);
  await exchange(ha);
  for (const device of [ha, long]) {
    const [told] = (await measures(device)).measures;
    assert.deepEqual([told.summary.state, told.summary.apart, told.summary.disobeyed], ['in_force', true, true]);
  }
  await open(`/facilities/${facility}`);
  await at('stops').getByText('Không chấp hành').waitFor();
  await page.locator('[data-testid="measure-suggested"][data-instrument="sanction"]').waitFor();
  await shoot(page, 'measures-apart', { to: page.locator('[data-testid="measure"]').first() });
});
