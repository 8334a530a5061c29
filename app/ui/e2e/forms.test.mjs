/** The form of premises while it is written: whatever becomes of the page, the words are there again, until saved or given up. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { PIN } from './console/fieldwork.mjs';
import { settled, shoot } from './screens.mjs';
import { town, until } from './town.mjs';

const { ha, page, at, open, end } = await town();
after(end);

const NAME = 'Nhà trọ Thanh Bình ngõ 29';
const field = (name) => page.locator(`[name="${name}"]`);
const draft = (facility) => ha.command({ command: 'facility_draft', ...(facility ? { facility } : {}) });
const typed = async (name, facility) => (await draft(facility))?.fields[name];
const waits = async () => (await ha.command({ command: 'status' })).facility_drafts.length;
/** What every way back must show. */
async function stands() {
  await settled(page);
  await at('form-draft').waitFor();
  assert.deepEqual(
    await Promise.all(['name', 'address', 'head-name', 'head-phone'].map((name) => field(name).inputValue())),
    [NAME, 'Số 7B ngõ 29 phố Khương Hạ', 'Vũ Thị Sáu', '0912 345 678'],
  );
  assert.equal(await field('house_number').inputValue(), '7B');
}

test('a form that is loaded again or left is gone on with where it was', async () => {
  await open('/facilities');
  await open('/facilities/new');
  assert.equal(await at('form-draft').count(), 0);
  await field('name').fill(NAME);
  await field('address').fill('Số 7B ngõ 29 phố Khương Hạ');
  await field('address').blur();
  await page.waitForFunction(() => document.querySelector('input[name="house_number"]')?.value === '7B');
  await field('head-name').fill('Vũ Thị Sáu');
  await field('head-phone').fill('0912 345 678');
  // At once: nobody waits for a saying that it is kept.
  await page.reload();
  await stands();

  await field('note').fill('Cổng sau khóa');
  await page.goBack();
  await at('facility-search').waitFor();
  await page.goForward();
  await stands();
  assert.equal(await field('note').inputValue(), 'Cổng sau khóa');
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('Thanh Bình')), false);
  await page.evaluate(() => scrollTo(0, 0));
  await shoot(page, 'facility-draft');
});

test('a kill, a lock and putting the window away take nothing; the first screen leads back to it', async () => {
  await field('note').fill('Cổng sau khóa, bà Sáu giữ chìa');
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until(() => typed('note'), 'Cổng sau khóa, bà Sáu giữ chìa');
  await ha.down();
  await ha.up();
  await page.goto(ha.url);
  await at('unlock-pin').fill(PIN);
  await at('unlock-pin').press('Enter');
  await at('form-drafts').getByRole('link').filter({ hasText: NAME }).waitFor();
  await shoot(page, 'today-draft');
  await at('form-drafts').getByRole('link').click();
  await stands();
  assert.equal(await field('note').inputValue(), 'Cổng sau khóa, bà Sáu giữ chìa');

  // Locked from elsewhere: what was typed meanwhile is kept when the device is open again.
  await field('note').fill('Viết dở khi máy bị khóa');
  await ha.command({ command: 'lock' });
  await at('unlock-pin').waitFor();
  await ha.command({ command: 'unlock', pin: PIN });
  await until(() => typed('note'), 'Viết dở khi máy bị khóa');
  await field('note').waitFor();
  await until(() => field('note').inputValue(), 'Viết dở khi máy bị khóa');
  await open('/exchange');
  await at('wipe-reasons')
    .getByRole('link', { name: new RegExp(NAME) })
    .waitFor();
});

test('what is given up can be had back, and is gone when the form was left', async () => {
  await open('/facilities/new');
  await stands();
  await at('form-draft-give-up').click();
  await at('form-draft-gone').waitFor();
  assert.equal(await field('name').inputValue(), '');
  await until(draft, null);
  await at('form-draft-back').click();
  await stands();
  await until(() => typed('name'), NAME);
  await at('form-draft-give-up').click();
  await at('form-draft-gone').waitFor();
  await shoot(page, 'facility-draft-gone', { only: 'phone' });
  await until(draft, null);
  await page.reload();
  await settled(page);
  assert.equal(await field('name').inputValue(), '');
  assert.equal((await at('form-draft').count()) + (await at('form-draft-gone').count()), 0);
});

test('a form that is saved leaves nothing behind, nor does one of premises that are edited', async () => {
  await field('name').fill(NAME);
  await field('address').fill('Số 7B ngõ 29 phố Khương Hạ');
  await until(() => typed('name'), NAME);
  await field('note').fill('Lưu ngay sau chữ cuối');
  await page.getByRole('button', { name: /tạo cơ sở/i }).click();
  await page.getByRole('heading', { name: NAME }).waitFor();
  const facility = new URL(page.url()).hash.split('/').at(-1);
  assert.equal(await waits(), 0);
  await open('/');
  assert.equal(await at('form-drafts').count(), 0);

  await open(`/facilities/${facility}/edit`);
  assert.equal(await draft(facility), null, 'nothing was typed');
  await field('head-phone').fill('0987 654 321');
  await page.reload();
  await settled(page);
  await at('form-draft').waitFor();
  assert.equal(await field('head-phone').inputValue(), '0987 654 321');
  assert.deepEqual(Object.keys((await draft(facility)).fields), ['head_phone'], 'only what was typed');
  await page.getByRole('button', { name: 'Lưu', exact: true }).last().click();
  await page.getByRole('heading', { name: NAME }).waitFor();
  assert.equal(await waits(), 0);
  const sheet = await ha.command({ command: 'facility_sheet', id: facility });
  const phone = sheet.fields.find((each) => each.key === 'h/head_phone');
  assert.equal(phone.values[0].value, '0987 654 321');
});

test('coordinates that are typed go with the form, and are not dropped where they are none', async () => {
  await open('/facilities/new');
  await field('name').fill('Nhà trọ Tọa Độ');
  await field('address').fill('Số 8 phố Hạ Đình');
  await page.getByRole('button', { name: 'Nhập bằng tay' }).click();
  await field('latitude').fill('20,9912');
  await field('longitude').fill('abc');
  const create = page.getByRole('button', { name: /^(Tạo cơ sở|Vẫn tạo cơ sở mới)$/ });
  await create.click();
  await page.locator('[name="latitude"][aria-invalid="true"]').waitFor();
  await field('longitude').fill('105,8123');
  await create.click();
  await page.getByText('20,99120; 105,81230').first().waitFor();
  await page.waitForFunction(() => /^#\/facilities\/[0-9a-f-]{36}$/.test(location.hash));
});

test('a name of two hundred letters is read whole on the sheet and at the head of a visit', async () => {
  const long = `${'Nhà trọ cho thuê nhiều tầng của gia đình bà Vũ Thị Sáu '.repeat(4).slice(0, 193)} hẻm 12`;
  const made = await ha.command({
    command: 'facility_create',
    fields: { name: long, class: 'boarding_house', address: 'Số 9 ngõ 29 phố Khương Hạ' },
  });
  const visit = await ha.command({ command: 'inspection_start', facility: made.summary.id });
  for (const [place, name] of [
    [`/facilities/${made.summary.id}`, 'facility-long-name'],
    [`/inspections/${visit.summary.id}`, 'inspection-long-name'],
  ]) {
    await open(place);
    const key = at('title-whole').filter({ visible: true }).first();
    const title = page.locator('h1').filter({ hasText: 'hẻm 12', visible: true }).first();
    const hidden = () => title.evaluate((each) => each.scrollHeight - each.clientHeight > 6);
    assert.equal(await hidden(), true, 'two lines at first');
    await key.click();
    assert.equal(await hidden(), false, 'all of it');
    await shoot(page, name);
    await key.click();
    assert.equal(await hidden(), true);
  }
});

test('a count is read as people write it, and nothing is saved with one that is none', async () => {
  await open('/facilities/new');
  await field('name').fill('Chung cư Bảo Long');
  await field('address').fill('Số 9 ngõ 29 phố Khương Hạ');
  await field('apartments').fill('600');
  await field('residents').fill('1.2');
  // Straight from the box to the key: half a number is not a number.
  await page.getByRole('button', { name: /tạo cơ sở/i }).click();
  await page.getByText('Hãy nhập số nguyên từ 0 đến 99.999.').waitFor();
  assert.equal(await field('residents').inputValue(), '1.2', 'it stays as it was typed');
  assert.match(page.url(), /facilities\/new/);
  for (const text of ['99999999999', '12,5', 'abc', '-3']) {
    await field('residents').fill(text);
    await page.getByRole('button', { name: /tạo cơ sở/i }).click();
    await page.getByText('Hãy nhập số nguyên từ 0 đến 99.999.').waitFor();
    assert.equal(await field('residents').inputValue(), text);
  }
  await field('residents').fill('1.200');
  await page.getByRole('button', { name: /tạo cơ sở/i }).click();
  await page.getByRole('heading', { name: 'Chung cư Bảo Long' }).waitFor();
  const sheet = await ha.command({ command: 'facility_sheet', id: /[0-9a-f-]{36}$/.exec(page.url())[0] });
  assert.equal(sheet.fields.find((each) => each.key === 'h/residents').values[0].value, 1200);
});
