/** A household head, invited by an officer, who enrols and declares a home that the officer confirms. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Device } from '../../../tests/harness/system.mjs';
import { openPage, PHONE } from './console/browser.mjs';
import { exchange, PIN } from './console/fieldwork.mjs';
import { settled, shoot } from './screens.mjs';
import { town } from './town.mjs';

const { server, ha, browser, page, open, exchangeHere, end } = await town();
after(end);

test('a household head enrols by the picture of a QR, declares, and is confirmed', async () => {
  const list = { command: 'facility_list', query: '', class: 'mini_apartment', offset: 0, limit: 1 };
  const facility = (await ha.command(list)).items[0].id;
  await open(`/facilities/${facility}`);
  await page.getByRole('button', { name: 'Mời chủ hộ khai báo' }).click();
  const qr = page.getByRole('dialog').getByRole('img', { name: 'Mời chủ hộ khai báo' });
  await qr.waitFor();
  await shoot(page, 'invite');
  const picture = await qr.screenshot();
  await page.keyboard.press('Escape');
  await exchangeHere();

  const home = await Device.start();
  const other = await openPage(browser, { viewport: PHONE });
  const mine = other.page;
  try {
    await mine.goto(home.url);
    await settled(mine);
    await mine
      .locator('input[name="qr-picture"]')
      .setInputFiles({ name: 'qr.png', mimeType: 'image/png', buffer: picture });
    await mine.getByTestId('enrol-person').fill('Vũ Thị Mai');
    await mine.getByTestId('enrol-device').fill('Điện thoại của Mai');
    await mine.getByTestId('enrol-pin').fill(PIN);
    await mine.getByTestId('enrol-pin-again').fill(PIN);
    await shoot(mine, 'home-enrol', { only: 'phone' });
    await mine.getByTestId('enrol-submit').click();
    await mine.getByText('Bắt đầu khai báo').waitFor();
    await shoot(mine, 'home');
    await mine.getByText('Bắt đầu khai báo').click();
    const next = () => mine.getByRole('button', { name: 'Tiếp tục' }).click();
    await mine.getByLabel('Căn hộ, phòng số').fill('P.402');
    await mine.getByLabel('Điện thoại').fill('0000 000 402');
    await mine.getByRole('button', { name: 'Thêm Số tầng', exact: true }).click({ clickCount: 7 });
    await shoot(mine, 'home-house', { only: 'phone' });
    await next();
    await mine.locator('[data-type="mini_apartment"]').click();
    await shoot(mine, 'home-type');
    await next();
    await mine
      .locator('textarea[name="exits"]')
      .fill('Cửa chính tầng 1; ban công tầng 2 sang nhà số 39; cửa tum lên mái.');
    await shoot(mine, 'home-exits', { only: 'phone' });
    await next();
    // What cannot be is said at its field and goes no further; what is rare is asked once.
    const people = mine.locator('input[name="residents"]');
    await people.fill('9999');
    await next();
    await mine.locator('[data-remark="impossible"]').getByText('không thể quá 500 người').waitFor();
    await shoot(mine, 'home-impossible', { only: 'phone' });
    assert.match(mine.url(), /declare\/4/);
    await people.fill('-3');
    await people.blur();
    await mine.getByText('Hãy nhập số nguyên từ 0 đến 99.999.').waitFor();
    assert.equal(await people.inputValue(), '-3', 'what was typed stays, and is never bent into another number');
    await next();
    assert.match(mine.url(), /declare\/4/, 'and nothing goes on with it');
    await people.fill('14');
    await people.blur();
    await mine.locator('[data-remark="unusual"]').getByText('Một căn có 14 người.').waitFor();
    await next();
    await mine.getByRole('button', { name: 'Đúng như vậy, tiếp tục' }).waitFor();
    await shoot(mine, 'home-unusual', { only: 'phone' });
    await people.fill('4');
    await people.blur();
    await mine.locator('[data-remark]').waitFor({ state: 'detached' });
    await mine.getByRole('button', { name: 'Thêm Không tự ra được' }).click();
    await mine.locator('textarea[name="help-note"]').fill('Mẹ tôi ở tầng 4, đi xe lăn.');
    await shoot(mine, 'home-people', { only: 'phone' });
    await next();
    await mine.getByRole('button', { name: 'Gửi khai báo' }).waitFor();
    await shoot(mine, 'home-review', { only: 'phone' });
    await mine.getByRole('button', { name: 'Gửi khai báo' }).click();
    await mine.getByText('Chờ xác nhận').waitFor();
    await mine.getByTestId('tab-exchange').filter({ visible: true }).click();
    assert.doesNotMatch(await mine.locator('main').innerText(), /biên bản/i, 'a household has no inspection record');
    await shoot(mine, 'home-exchange', { only: 'phone' });
    await mine.getByTestId('tab-today').filter({ visible: true }).click();
    await exchange(home);

    await exchangeHere();
    await open(`/facilities/${facility}`);
    await page.locator('[data-declaration="submitted"]').scrollIntoViewIfNeeded();
    await page.getByText('Mẹ tôi ở tầng 4, đi xe lăn.').first().waitFor();
    await shoot(page, 'declaration');
    await page.getByRole('button', { name: 'Xác nhận' }).click();
    await page.locator('[data-declaration="verified"]').waitFor();
    await exchangeHere();
    await exchange(home);
    await mine.reload();
    await settled(mine);
    await mine.getByText('Cán bộ đã xác nhận khai báo của bạn.').waitFor();
    await shoot(mine, 'home-verified');

    // A decision is made anew, or kept after all.
    await open(`/facilities/${facility}`);
    const change = page.getByTestId('decide-change');
    await change.click();
    await page.getByRole('button', { name: 'Giữ như đã quyết định' }).click();
    await change.click();
    await page.getByRole('button', { name: 'Nhờ sửa lại' }).click();
    await page.locator('textarea[name="decide-words"]').fill('Xem lại số tầng');
    await page.getByRole('button', { name: 'Nhờ sửa lại' }).click();
    await page.locator('[data-declaration="needs_fix"]').waitFor();
    await exchangeHere();
    await exchange(home);
    await mine.reload();
    await settled(mine);
    await mine.getByText('Xem lại số tầng').waitFor();
    // Who stands by it sends it as it is.
    await mine.getByRole('link', { name: 'Sửa khai báo' }).click();
    for (let step = 1; step < 5; step += 1) await next();
    await mine.getByRole('button', { name: 'Gửi khai báo' }).click();
    await mine.getByText('Chờ xác nhận').waitFor();
    await exchange(home);
    await exchangeHere();
    await open(`/facilities/${facility}`);
    await page.locator('[data-declaration="submitted"]').waitFor();

    // Ten wrong PINs, and back as the same person: the screen says whom it enrols and which PIN it means.
    const desk = await server.console('canbo1');
    const heads = `/api/v1/facilities/${facility}/household-heads`;
    const enrolled = (await desk('GET', heads)).find((head) => head.name === 'Vũ Thị Mai');
    const code = async () => (await desk('POST', `/api/v1/household-heads/${enrolled.id}/enrolment-codes`)).link;
    await home.command({ command: 'lock' });
    for (let tries = 0; tries < 10; tries += 1)
      await assert.rejects(home.command({ command: 'unlock', pin: '918273' }), /pin_/);
    await mine.getByText('Máy đã khóa vì sai mã PIN 10 lần').waitFor();
    await mine.getByRole('button', { name: 'Đăng ký lại bằng mã mới' }).click();
    await mine.getByTestId('enrol-link').fill(await code());
    await mine.getByTestId('enrol-preview').click();
    await mine.getByText('Bạn đăng ký lại với tư cách chủ hộ').waitFor();
    await mine.getByTestId('enrol-forgotten').waitFor();
    assert.equal(await mine.getByTestId('enrol-person').count(), 0, 'the server knows the name');
    assert.equal(await mine.getByTestId('enrol-pin-again').count(), 0, 'no PIN is chosen');
    await shoot(mine, 'home-again', { only: 'phone' });
    await mine.getByLabel('Mã PIN cũ của máy này').fill(PIN);
    await mine.getByTestId('enrol-submit').click();
    await mine.getByText('Chờ xác nhận').waitFor();

    // And on a new phone.
    const phone = await Device.start();
    try {
      await mine.goto(phone.url);
      await settled(mine);
      await mine.getByTestId('enrol-link').fill(await code());
      await mine.getByTestId('enrol-preview').click();
      await mine.getByText('Bạn đăng ký lại với tư cách chủ hộ').waitFor();
      await mine.getByTestId('enrol-pin').fill(PIN);
      await mine.getByTestId('enrol-pin-again').fill(PIN);
      await mine.getByTestId('enrol-submit').click();
      await mine.getByText('Chờ xác nhận').waitFor();
    } finally {
      await phone.end();
    }
  } finally {
    await other.done();
    await home.end();
  }
});
