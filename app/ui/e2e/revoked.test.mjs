/** A device whose access was taken away: it says so until it is enrolled again, loses nothing, and then goes on. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { PIN, answer, exchange } from './console/fieldwork.mjs';
import { shoot } from './screens.mjs';
import { visit } from './town.mjs';

const { server, ha, page, inspection, at, open, end } = await visit();
after(end);

const administrator = await server.console('quantri');
const seen = (id) => at(id).filter({ visible: true });
const status = () => ha.command({ command: 'status' });

test('it is told on the first screen, and still after the program began anew', async () => {
  await answer(ha, inspection, 'ELE-03', { kind: 'verdict', value: 'pass' }, 'Ghi trước khi bị thu hồi.');
  const devices = await administrator('GET', '/api/v1/devices');
  const mine = devices.find((each) => each.name === 'Máy của Hà');
  await administrator('POST', `/api/v1/devices/${mine.id}/revoke`, {});
  await open('/exchange');
  await at('exchange-now').click();
  await seen('access-notice').getByText('Máy này đã bị thu hồi quyền.').waitFor();
  await ha.down();
  await ha.up();
  await ha.command({ command: 'unlock', pin: PIN });
  await open('/');
  await seen('access-notice').getByText('Việc chưa gửi vẫn còn trên máy.').waitFor();
  await shoot(page, 'revoked');
});

test('enrolled again with its own PIN and a new code it sends what it had not sent, for a supervisor to let in', async () => {
  await seen('enrol-again').click();
  const { items } = await administrator('GET', '/api/v1/users');
  const user = items.find((each) => each.username === server.account('canbo1').username);
  const code = await administrator('POST', `/api/v1/users/${user.id}/enrolment-codes`, {});
  await at('enrol-link').fill(code.link);
  await at('enrol-preview').click();
  await at('enrol-pin').fill(PIN);
  assert.equal(await at('enrol-pin-again').count(), 0, 'no new PIN is made');
  await shoot(page, 'revoked-enrol', { only: 'phone' });
  await at('enrol-submit').click();
  await page.getByRole('heading', { name: 'Hôm nay', exact: true }).waitFor();
  await exchange(ha);
  await seen('access-notice').waitFor({ state: 'detached' });
  const { unsent } = await status();
  assert.deepEqual(
    [unsent.records, unsent.answers, unsent.quarantined],
    [0, 0, 1],
    'it went, and a supervisor lets it in',
  );
});
