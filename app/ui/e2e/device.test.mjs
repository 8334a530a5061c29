/**
 * The device itself: a PIN that nobody remembers. The store is set aside, the device enrolled anew, and the unsent work
 * comes out again when the PIN comes back to mind.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../../../tests/harness/system.mjs';
import { launch, openPage, PHONE } from './console/browser.mjs';
import { answer, exchange, officer, startFree } from './console/fieldwork.mjs';
import { settled, shoot } from './screens.mjs';

const OLD_PIN = '482915';
const NEW_PIN = '730846';
const ITEM = 'ESC-10';

let server;
let browser;
let ha;
let page;
let done;
let inspection;

const at = (id) => page.getByTestId(id);

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  ha = await officer(server, 'canbo1', 'Máy của Hà');
  ({ id: inspection } = await startFree(ha));
  await exchange(ha);
  await server.down();
  await answer(ha, inspection, ITEM, { kind: 'verdict', value: 'fail' }, 'Chưa gửi thì quên mã PIN');
  await ha.command({ command: 'status' });
  await ha.command({ command: 'lock' });
  ({ page, done } = await openPage(browser, { viewport: PHONE }));
});

after(async () => {
  await done?.();
  await browser?.close();
  await ha?.end();
  await server?.end();
});

test('a store whose PIN is forgotten is set aside by whoever typed what that costs', async () => {
  await page.goto(ha.url);
  await settled(page);
  await at('unlock-forgotten').click();
  await at('forgotten').getByText('chưa gửi').first().waitFor();
  await at('forgotten').getByText('còn 1 hồ sơ chưa gửi').waitFor();
  await shoot(page, 'forgotten');
  assert.equal(await at('forgotten-do').isDisabled(), true);
  await at('forgotten-words').fill('có');
  assert.equal(await at('forgotten-do').isDisabled(), true);
  // Without marks and capitals, as one types in a hurry.
  await at('forgotten-words').fill('Viec chua gui bi khoa lai');
  await at('forgotten-do').click();
  await at('set-aside').waitFor();
  await shoot(page, 'forgotten-fresh');
  const status = await ha.command({ command: 'status' });
  assert.deepEqual([status.phase, status.safe_to_wipe, status.set_aside.length], ['fresh', false, 1]);
});

test('it can be put back as it was, locked', async () => {
  await at('aside-open').click();
  await page.locator('[data-testid="aside-back"]:not([disabled])').click();
  await at('unlock-pin').waitFor();
  assert.deepEqual((await ha.command({ command: 'status' })).set_aside, []);
  await at('unlock-forgotten').click();
  await at('forgotten-words').fill('việc chưa gửi bị khóa lại');
  await at('forgotten-do').click();
  await at('set-aside').waitFor();
});

test('its unsent work comes out in the settings of the device that was enrolled anew', async () => {
  await server.up();
  const reviewer = await server.console('quantri');
  const username = server.account('canbo1').username;
  const users = await reviewer('GET', '/api/v1/users');
  const user = users.items.find((each) => each.username === username);
  const code = await reviewer('POST', `/api/v1/users/${user.id}/enrolment-codes`, {});
  await at('enrol-link').fill(code.link);
  await at('enrol-preview').click();
  await at('enrol-pin').fill(NEW_PIN);
  await at('enrol-pin-again').fill(NEW_PIN);
  await at('enrol-submit').click();
  await page.getByRole('heading', { name: 'Hôm nay', exact: true }).waitFor();
  await exchange(ha);

  await page.goto(`${ha.url}#/exchange`);
  const reason = at('wipe-reasons').getByRole('link');
  await reason.getByText(/Kho cất ngày .* có thể còn việc chưa gửi/).waitFor();
  await reason.getByText('còn 1 hồ sơ chưa gửi').waitFor();
  await page.goto(`${ha.url}#/settings`);
  await at('aside-open').click();
  await at('aside-pin').fill(NEW_PIN);
  await at('aside-take').click();
  await page.getByText('pin_wrong').waitFor();
  await at('aside-pin').fill(OLD_PIN);
  await shoot(page, 'forgotten-take');
  await at('aside-take').click();
  await page.getByText('Không còn gì chưa lấy.').waitFor();
  await shoot(page, 'forgotten-taken', { to: at('set-aside') });
  await exchange(ha);
  await page.goto(`${ha.url}#/exchange`);
  await page.locator('[data-safe="true"]').waitFor();
  const console_ = await server.console('duyet1');
  const view = await console_('GET', `/api/v1/inspections/${inspection}`);
  const said = view.items.find((each) => each.code === ITEM).statements[0];
  assert.deepEqual([said.answer.value, said.note], ['fail', 'Chưa gửi thì quên mã PIN']);
});
