/** When a visit was is said in one way: by its day, on the device and in the console; what is told of its signature is named. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { openPage, WIDE } from './console/browser.mjs';
import { complete, exchange, photograph } from './console/fieldwork.mjs';
import { visit } from './town.mjs';

const { server, ha, browser, page, inspection, items, open, end } = await visit();
after(end);

test('the day of a visit stands on the premises’ page and in the lists; how long ago it was signed is called that', async () => {
  await page.goto(ha.url);
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  const { summary } = await complete(ha, { id: inspection, items }, { photos });
  await exchange(ha);
  const parts = { timeZone: 'Asia/Ho_Chi_Minh', day: '2-digit', month: '2-digit', year: 'numeric' };
  const day = new Intl.DateTimeFormat('vi-VN', parts).format(summary.started_at);

  await open(`/facilities/${summary.facility}`);
  await page.locator(`[data-id="${inspection}"]`).getByText(day, { exact: true }).waitFor();

  const { page: office, done } = await openPage(browser, { viewport: WIDE });
  try {
    await office.goto(`${server.url}/facilities/${summary.facility}`);
    await office.getByLabel('Tên đăng nhập').fill('duyet1');
    await office.getByLabel('Mật khẩu', { exact: true }).fill(server.account('duyet1').password);
    await office.getByRole('button', { name: 'Đăng nhập' }).click();
    const row = office.locator(`a[href="/inspections/${inspection}"]`).filter({ visible: true }).first();
    await row.getByText(day, { exact: true }).waitFor();
    await row.getByText(/^Ký (vừa xong|\d+ phút trước)$/).waitFor();
    await office.goto(`${server.url}/facilities?q=${encodeURIComponent(summary.facility_name)}`);
    const listed = office.locator(`a[href="/facilities/${summary.facility}"]`).getByTestId('last-visit');
    assert.equal(await listed.innerText(), `Kiểm tra gần nhất: ${day}`);
    await office.goto(`${server.url}/inspections`);
    await office.locator(`a[href="/inspections/${inspection}"]`).filter({ visible: true }).first().waitFor();
  } finally {
    await done();
  }
});
