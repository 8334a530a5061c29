/**
 * Late work that was made apart from a signed record: its author reads both answers side by side and chooses before
 * signing; nothing is signed before that.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { answer, complete, exchange, fail, photograph, startFree } from './console/fieldwork.mjs';
import { dressed, settled, shoot } from './screens.mjs';
import { town } from './town.mjs';

/** One says that it fails, the other signed that it passes; and the other way round. */
const CODE = 'GAS-02';
const OTHER = 'REC-03';

let server;
let ha;
let long;
let page;
let end;
let record;

const at = (id) => page.getByTestId(id);
const item = (code) => page.locator(`[data-testid="item"][data-code="${code}"]`);

async function open(hash) {
  await page.goto(`${long.url}#${hash}`);
  await settled(page);
}

before(async () => {
  ({ server, ha, long, page, end } = await town());
  await page.goto(long.url);
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  record = await startFree(ha);
  await exchange(ha);
  await exchange(long);
  // Out of reach the one goes on; the other signs meanwhile, and he hears of it afterwards.
  await server.down();
  await fail(long, record.id, CODE, 'Bình gas để ngay cạnh bếp, không có van khóa.');
  await answer(long, record.id, OTHER, { kind: 'verdict', value: 'pass' });
  await long.down();
  await server.up();
  await complete(ha, record, { fails: { [OTHER]: 'Sổ theo dõi chưa lập.' }, photos });
  await exchange(ha);
  await long.up();
  await long.command({ command: 'unlock', pin: '482915' });
  await exchange(long);
});

after(() => end?.());

test('late work that differs from what is signed is shown where one begins the day, and on the record', async () => {
  await open('/');
  await page.getByText('Bổ sung chờ bạn ký').waitFor();
  await open(`/inspections/${record.id}`);
  await page.locator(`[data-testid="late-items"] [data-code="${CODE}"]`).filter({ visible: true }).waitFor();
  // Signing is not offered before the two were chosen from.
  const onward = at('onward').filter({ visible: true });
  assert.deepEqual(
    [await onward.getAttribute('data-kind'), (await onward.textContent()).trim()],
    ['choose', 'Chọn ở 2 mục'],
  );
  await shoot(page, 'late');
  await onward.click();
  await page.getByTestId('clash-side').first().waitFor();
});

test('both answers stand side by side, named, and nothing is signed before one is chosen', async () => {
  await open(`/inspections/${record.id}/s/GAS?item=${CODE}`);
  const sides = item(CODE).getByTestId('clash-side');
  const own = sides.filter({ has: page.locator('[data-draft="true"]') });
  const signed = sides.filter({ has: page.locator('[data-draft="false"]') });
  await own.getByText('Bình gas để ngay cạnh bếp').waitFor();
  assert.match(await own.textContent(), /Của bạn, chưa ký.*Không đạt.*Trần Đức Long/s);
  assert.match(await signed.textContent(), /Đã ký trong biên bản.*Đạt.*Nguyễn Thu Hà/s);
  await item(CODE).getByText('Hãy chọn câu nào giữ lại').waitFor();
  assert.equal(
    await item(CODE).locator('[data-finding]').count(),
    0,
    'what follows from a failure is asked afterwards',
  );
  await shoot(page, 'late-choice', { to: item(CODE) });
  await dressed(page, { night: true }, () => shoot(page, 'late-choice-night', { to: item(CODE) }));

  await open(`/inspections/${record.id}/finish`);
  await page.getByText('Chạm vào từng dòng để đến đúng chỗ.').waitFor();
  assert.equal(await at('finish-seal').count(), 0, 'there is no key to sign with');
  await shoot(page, 'late-missing');
  const refused = await long.command({ command: 'inspection_finish', id: record.id }).catch(({ problem }) => problem);
  assert.equal(refused.code, 'record_incomplete');
});

test('what is chosen is said before it is signed, and the record is as grave as that', async () => {
  const keep = (code, draft) =>
    item(code)
      .getByTestId('clash-side')
      .filter({ has: page.locator(`[data-draft="${draft}"]`) })
      .getByRole('button', { name: 'Giữ câu trả lời này' });
  await open(`/inspections/${record.id}/s/GAS?item=${CODE}`);
  await keep(CODE, true).click();
  await item(CODE).getByTestId('clash-side').first().waitFor({ state: 'detached' });
  await item(CODE).locator('[data-finding]').waitFor();
  await item(CODE).getByRole('button', { name: '10 ngày' }).click();
  await item(CODE).getByTestId('item-saved').waitFor();
  const data_base64 = await photograph(page, 'Bình gas', ['#b8c0b4', '#6b4a3a']);
  await item(CODE)
    .getByTestId('photo-file')
    .setInputFiles({ name: 'gas.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(data_base64, 'base64') });
  await item(CODE).getByTestId('photo-thumb').waitFor();

  await open(`/inspections/${record.id}/s/REC?item=${OTHER}`);
  await keep(OTHER, false).click();
  await item(OTHER).getByTestId('clash-side').first().waitFor({ state: 'detached' });

  await open(`/inspections/${record.id}/finish`);
  await at('finish-seal').waitFor();
  await shoot(page, 'late-sign');
  await at('finish-seal').click();
  await at('finish-sure').click();
  await page.getByRole('heading', { name: 'Đã ký, đã khóa' }).waitFor();
  await exchange(long);
  const reviewer = await server.console('duyet1');
  const view = await reviewer('GET', `/api/v1/inspections/${record.id}`);
  const said = (code) => view.items.find((each) => each.code === code).statements.map((each) => each.answer.value);
  assert.deepEqual([said(CODE), said(OTHER)], [['fail'], ['fail']]);
  assert.equal(view.summary.gravest, record.items.find((each) => each.code === CODE).severity);
});
