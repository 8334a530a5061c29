/** Two officers in a basement, without the server: one waits, the other calls by the code; each reads what the other wrote. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { openPage, PHONE } from './console/browser.mjs';
import { answer } from './console/fieldwork.mjs';
import { shoot } from './screens.mjs';
import { visit } from './town.mjs';

const CODE = 'ESC-10';
const { server, ha, long, browser, page, inspection, open, end } = await visit();

after(end);

const noteAt = async (device) => {
  const view = await device.command({ command: 'inspection_open', id: inspection });
  return view.items.find((each) => each.code === CODE)?.statements[0]?.note;
};

test('one waits and shows a code, the other calls by it; both tell how it went, and nothing counts as sent', async () => {
  await server.down();
  await answer(ha, inspection, CODE, { kind: 'verdict', value: 'fail' }, 'Cửa khóa, không có mạng');
  await open('/exchange');
  const card = page.getByTestId('near');
  await card.getByTestId('near-wait').click();
  const link = await card.locator('[data-near-link]').innerText();
  assert.match(link, /^ancu:\/\/near\?a=/);
  await card.getByTestId('near-waiting').scrollIntoViewIfNeeded();
  await shoot(page, 'near-waiting', { to: card });

  const other = await openPage(browser, { viewport: PHONE });
  await other.page.goto(`${long.url}#/exchange`);
  const calls = other.page.getByTestId('near');
  await calls.getByLabel('Hoặc dán mã của đồng nghiệp').fill('không phải mã');
  await calls.getByRole('button', { name: 'Kết nối', exact: true }).click();
  await calls.getByText('near_link_unreadable').waitFor();
  await calls.getByLabel('Hoặc dán mã của đồng nghiệp').fill(link);
  await calls.getByRole('button', { name: 'Kết nối', exact: true }).click();
  const told = calls.getByTestId('near-met');
  await told.waitFor();
  await told.getByText('Vẫn tính là chưa gửi cho đến khi máy chủ có.').waitFor();
  await calls.getByTestId('near-unsent').waitFor();
  await other.page
    .getByTestId('sync-light')
    .filter({ visible: true })
    .getByText('phần của đồng nghiệp chưa gửi')
    .waitFor();
  assert.equal(await noteAt(long), 'Cửa khóa, không có mạng');
  await card.getByTestId('near-met').waitFor();
  await told.scrollIntoViewIfNeeded();
  await shoot(other.page, 'near-met', { to: calls });
  assert.equal((await long.command({ command: 'status' })).safe_to_wipe, false);
  await other.done();
  await card.getByRole('button', { name: 'Thôi chờ' }).click();
  await card.getByTestId('near-wait').waitFor();
});
