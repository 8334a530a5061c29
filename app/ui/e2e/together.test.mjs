/**
 * What a colleague or another window of the device writes is shown at once, and nobody's words are lost by it: neither those
 * that stand nor those that are being written.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { openPage, PHONE } from './console/browser.mjs';
import { answer, exchange, PIN } from './console/fieldwork.mjs';
import { settled, shoot } from './screens.mjs';
import { until, visit } from './town.mjs';

const CODE = 'ELE-03';
const BARE = 'ELE-05';

const { ha, long, browser, page, inspection, at, item, held, note, open, end } = await visit();

after(end);

/** The PIN is entered in a window that is locked. */
async function unlock(where) {
  await where.getByTestId('unlock-pin').fill(PIN);
  await where.getByTestId('unlock-submit').click();
  await settled(where);
}

test('what a second window saved is shown when one comes back to the first, and nothing typed is lost', async () => {
  const pressed = (where, verdict) =>
    where.locator(`[data-code="${CODE}"]`).getByTestId(`verdict-${verdict}`).getAttribute('aria-pressed');
  await open(`/inspections/${inspection}/s/ELE?item=${CODE}`);
  await item(CODE).getByTestId('verdict-pass').click();
  await item(CODE).getByTestId('item-saved').waitFor();
  const second = await page.context().newPage();
  await second.goto(page.url());
  await settled(second);
  await second.locator(`[data-code="${CODE}"]`).getByTestId('verdict-not_applicable').click();
  await until(async () => (await held(CODE)).statements[0].answer.value, 'not_applicable');
  await second.close();
  await item(CODE).getByRole('button', { name: 'Ghi chú' }).click();
  // At once after a key: the note is not saved yet, and goes with the verdict that the other window saved.
  await item(CODE)
    .getByRole('textbox', { name: 'Ghi chú' })
    .evaluate((box) => {
      box.value = 'Đang viết dở';
      box.dispatchEvent(new Event('input', { bubbles: true }));
      dispatchEvent(new Event('focus'));
    });
  await until(() => pressed(page, 'not_applicable'), 'true');
  await until(() => note(CODE), 'Đang viết dở');
  assert.equal((await held(CODE)).statements[0].answer.value, 'not_applicable');
  assert.equal(await item(CODE).getByRole('textbox', { name: 'Ghi chú' }).inputValue(), 'Đang viết dở');
});

test('the note’s box shows what a colleague said at once, and no tap brings back words that no longer stand', async () => {
  const code = 'REC-03';
  const box = item(code).getByRole('textbox', { name: 'Ghi chú' });
  const [own, theirs, later] = ['Đủ nội quy', 'Nội quy tầng 5 bị xé', 'Tầng 6 cũng thiếu'];
  const said = async () => {
    const [{ answer: given, note: words, by }, other] = (await held(code)).statements;
    assert.equal(other, undefined, 'nothing to choose from');
    return [given.value, words, by.person_name];
  };
  /** A colleague answers, and it comes to this device. */
  const hears = async (verdict, words) => {
    await exchange(ha);
    await exchange(long);
    await answer(long, inspection, code, { kind: 'verdict', value: verdict }, words);
    await exchange(long);
    await exchange(ha);
  };
  const [{ person_name: me }, { person_name: him }] = await Promise.all(
    [ha, long].map((device) => device.command({ command: 'status' })),
  );

  await open(`/inspections/${inspection}/s/REC?item=${code}`);
  await item(code).getByTestId('verdict-pass').click();
  await item(code).getByTestId('item-saved').waitFor();
  await item(code).getByRole('button', { name: 'Ghi chú' }).click();
  await box.pressSequentially(own);
  await until(() => note(code), own);
  await settled(page);
  await hears('fail', theirs);
  await until(() => box.inputValue(), theirs);
  assert.ok(await box.evaluate((each) => each === document.activeElement), 'while it is being looked at');
  assert.ok(await item(code).getByText(him, { exact: true }).isVisible());
  await item(code).getByTestId('verdict-not_applicable').click();
  await until(async () => (await said())[0], 'not_applicable');
  assert.deepEqual(await said(), ['not_applicable', theirs, me]);
  assert.equal(await item(code).getByTestId('met').count(), 0);

  // Before this page could hear of it: what is tapped goes with the note that stands by then, and it says so.
  await settled(page);
  let blind = true;
  await page.route('**/command', async (route) => {
    const asks = route.request().postDataJSON().command === 'status';
    await (blind && asks ? route.abort() : route.continue());
  });
  try {
    await hears('fail', later);
    await item(code).getByTestId('verdict-pass').click();
    const met = item(code).getByTestId('met');
    await met.waitFor();
    assert.match(await met.textContent(), new RegExp(`Không đạt.*${later}.*${him}`, 's'));
    await until(async () => (await said())[0], 'pass');
    assert.deepEqual(await said(), ['pass', later, me]);
    await until(() => box.inputValue(), later);
    await met.getByTestId('met-keep').click();
    await until(async () => (await said())[0], 'fail');
    await met.waitFor({ state: 'detached' });

    // While she writes: her words do not cover his. They stay in the box as a draft, and she chooses.
    await item(code).getByTestId('item-saved').waitFor();
    await hears('not_applicable', theirs);
    await box.fill(own);
    const kept = item(code).getByTestId('kept-note');
    await kept.waitFor();
    assert.match(await kept.textContent(), new RegExp(`${theirs}.*${him}`, 's'));
    assert.deepEqual(await said(), ['not_applicable', theirs, him]);
    assert.equal(await box.inputValue(), own);
    assert.equal(await met.count(), 0, 'said once');

    // A page that is killed, and a device that is locked, keep it; a verdict leaves his words.
    blind = false;
    await page.reload();
    await ha.command({ command: 'lock' });
    await unlock(page);
    await kept.waitFor();
    assert.equal(await box.inputValue(), own);
    await shoot(page, 'note-kept', { to: item(code) });
    // It is found again wherever one looks, and nothing beside it says only that all is sent.
    const drafts = () => page.getByTestId('note-drafts').locator('visible=true').getByRole('link');
    await exchange(ha);
    for (const place of ['/', `/inspections/${inspection}`]) {
      await open(place);
      await drafts().waitFor();
      await drafts().click();
      await kept.waitFor();
    }
    await open('/exchange');
    await page.locator('[data-safe="false"]').waitFor();
    await page.getByTestId('sync-light').locator('visible=true').getByText('1 ghi chú chưa vào biên bản').waitFor();
    await page.getByTestId('wipe-reasons').getByRole('link').click();
    await kept.waitFor();
    await item(code).getByTestId('verdict-pass').click();
    await until(async () => (await said())[0], 'pass');
    assert.deepEqual(await said(), ['pass', theirs, me]);
    // Nothing is signed before she chose.
    await open(`/inspections/${inspection}/finish`);
    await at('finish-kept').getByText(own).waitFor();
    assert.equal(await at('finish-seal').count(), 0);
    await open(`/inspections/${inspection}/s/REC?item=${code}`);
    await kept.getByTestId('kept-write').click();
    await until(async () => (await said())[1], own);
    await kept.waitFor({ state: 'detached' });

    // And the other way: his words are to stand.
    await until(async () => (await said())[2], me);
    await settled(page);
    blind = true;
    await hears('not_applicable', later);
    await box.fill('Lời thừa');
    await kept.getByTestId('kept-give-up').click();
    await until(() => box.inputValue(), later);
    await kept.waitFor({ state: 'detached' });
    assert.deepEqual(await said(), ['not_applicable', later, him]);
  } finally {
    blind = false;
    await page.unroute('**/command');
  }
});

test('two windows of one device show the same note, whichever is being looked at', async () => {
  const code = 'REC-05';
  const second = await page.context().newPage();
  try {
    await open(`/inspections/${inspection}/s/REC?item=${code}`);
    await second.goto(page.url());
    await settled(second);
    const boxIn = (where) => where.locator(`[data-code="${code}"]`).getByRole('textbox', { name: 'Ghi chú' });
    await item(code).getByRole('button', { name: 'Ghi chú' }).click();
    await boxIn(page).pressSequentially('cửa sổ một');
    await until(() => note(code), 'cửa sổ một');
    await boxIn(second).fill('cửa sổ hai');
    await until(() => note(code), 'cửa sổ hai');
    await until(() => boxIn(page).inputValue(), 'cửa sổ hai');
    await item(code).getByTestId('verdict-pass').click();
    await until(async () => (await held(code)).statements[0].answer?.value, 'pass');
    assert.equal(await note(code), 'cửa sổ hai');
  } finally {
    await second.close();
  }
});

test('what two demand of one failed check is settled with one tap, and who said what stays to be read', async () => {
  const code = 'ELE-01';
  await answer(ha, inspection, code, { kind: 'verdict', value: 'fail' });
  await exchange(ha);
  await exchange(long);
  const demand = (device, severity, remedy) =>
    device.command({ command: 'finding', inspection, item: code, severity, remedy, deadline: '2030-01-15' });
  await demand(ha, 'major', 'Thay aptomat tầng 2');
  await demand(long, 'critical', 'Cắt điện tầng 2, thay aptomat');
  for (const device of [long, ha, long]) await exchange(device);

  await open(`/inspections/${inspection}/s/ELE?item=${code}`);
  const clash = item(code).getByRole('region', { name: 'Mâu thuẫn' });
  await clash.getByText('Cắt điện tầng 2, thay aptomat').waitFor();
  await shoot(page, 'finding-clash');
  const his = clash.getByTestId('clash-side').filter({ hasText: 'Cắt điện' });
  await his.getByRole('button', { name: 'Giữ yêu cầu này' }).click();
  await clash.waitFor({ state: 'detached' });
  const found = item(code).locator('[data-finding]');
  await found.getByText('Trần Đức Long', { exact: true }).waitFor();
  assert.match(await found.getByTestId('chosen-by').textContent(), /Nguyễn Thu Hà chọn lúc/);
  const history = item(code).getByTestId('item-history');
  await history.locator('summary').click();
  const passed = history.locator('[data-fate="passed_over"]');
  await passed.waitFor();
  assert.match(await passed.textContent(), /Nghiêm trọng.*Thay aptomat tầng 2.*Nguyễn Thu Hà/s);
  await shoot(page, 'finding-chosen');
});

test('a lock closes every window at once, and what was being written there is not lost', async () => {
  const code = 'REC-06';
  const second = await page.context().newPage();
  const elsewhere = await openPage(browser, { viewport: PHONE });
  const locked = (where) => where.getByTestId('unlock-pin').waitFor();
  try {
    await open(`/inspections/${inspection}/s/REC?item=${code}`);
    await elsewhere.page.goto(page.url());
    await settled(elsewhere.page);
    await second.goto(`${ha.url}#/settings`);
    await settled(second);
    await item(code).getByRole('button', { name: 'Ghi chú' }).click();
    const box = item(code).getByRole('textbox', { name: 'Ghi chú' });
    await box.fill('Viết khi bị khóa');
    // Another window of this browser hears of it before the person could read on; a browser elsewhere when it asks.
    await second.getByRole('button', { name: 'Khóa máy ngay' }).click();
    await locked(second);
    await page.getByTestId('unlock-pin').waitFor({ timeout: 1000 });
    assert.equal(await page.getByTestId('item').count(), 0);
    await locked(elsewhere.page);
    await unlock(second);
    assert.equal(await note(code), 'Viết khi bị khóa', 'saved before the lock');

    // Locked from where no window is asked: what was typed meanwhile is saved when the device is open again.
    await box.waitFor();
    await settled(page);
    await box.fill('Viết dở khi máy bị khóa từ nơi khác');
    await ha.command({ command: 'lock' });
    await locked(page);
    await unlock(second);
    await until(() => note(code), 'Viết dở khi máy bị khóa từ nơi khác');
    await until(() => box.inputValue(), 'Viết dở khi máy bị khóa từ nơi khác');
  } finally {
    await elsewhere.done();
    await second.close();
  }
});

test('lists show what a second window wrote, without being asked', async () => {
  // The same engine as this window's, as another window of it would ask.
  const premises = (await ha.command({ command: 'inspection_open', id: inspection })).summary.facility;
  await open('/');
  const row = page.locator(`[data-testid="inspection-row"][data-id="${inspection}"]`).filter({ visible: true });
  const before_ = await row.first().textContent();
  await answer(ha, inspection, BARE, { kind: 'verdict', value: 'pass' });
  await until(async () => (await row.first().textContent()) !== before_, true);

  await open(`/facilities/${premises}`);
  await page.getByRole('heading', { name: 'Quy mô' }).waitFor();
  const fields = { note: 'Ghi chú từ cửa sổ khác' };
  await ha.command({ command: 'facility_edit', id: premises, fields });
  await page.getByText('Ghi chú từ cửa sổ khác').filter({ visible: true }).first().waitFor();

  // And what nobody writes is not read again and again.
  await open('/');
  const revision = async () => (await ha.command({ command: 'status' })).revision;
  const now = await revision();
  for (let looked = 0; looked < 3; looked += 1) await ha.command({ command: 'today' });
  assert.equal(await revision(), now);
});
