/** How a number was found: said beside it, walked or drawn where a tape does not reach, and told to whoever reads the record. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { shoot } from './screens.mjs';
import { until, visit } from './town.mjs';

const METRES = 'WAT-01';
const ROOMS = 'MGT-01';
const START = { latitude: 20.9931, longitude: 105.8128 };
/** Fifteen metres to the north. */
const NORTH = 15 / 111_195;

const { page, at, inspection, item, held, open, end } = await visit();
after(end);

const box = (code) => item(code).locator(`input[name="answer-${code}"]`);
const statement = async (code) => (await held(code))?.statements[0];
const measured = async (code) => (await statement(code))?.measured;
async function type(code, text) {
  await box(code).fill(text);
  await box(code).press('Enter');
}

test('how a number was measured stands beside it, and the same instrument for the next', async () => {
  await open(`/inspections/${inspection}/s/WAT`);
  await type(METRES, '1,5');
  await until(async () => (await statement(METRES))?.answer?.value, 1.5);
  assert.equal(await measured(METRES), undefined, 'nothing is assumed');
  await item(METRES).getByTestId('measured-open').click();
  await page.getByRole('radio', { name: 'Đo bằng máy laser' }).check();
  await page.getByLabel('Dụng cụ đo').fill('Bosch GLM 50, số 4711');
  await shoot(page, 'measured', { only: 'phone' });
  await at('measured-save').click();
  await item(METRES).getByText('Đo bằng máy laser · Bosch GLM 50, số 4711').waitFor();
  await until(async () => (await measured(METRES))?.method, 'laser');
  await type(METRES, '1,6');
  await until(async () => (await statement(METRES))?.answer?.value, 1.6);
  assert.deepEqual(await measured(METRES), { method: 'laser', instrument: 'Bosch GLM 50, số 4711' });
  await item(METRES).getByTestId('measured-open').click();
  await at('measured-clear').click();
  await until(() => measured(METRES), undefined);
});

test('a length is walked point by point, and a short one is sent to the tape', async () => {
  await page.context().grantPermissions(['geolocation']);
  const go = (steps) =>
    page.context().setGeolocation({ ...START, latitude: START.latitude + steps * NORTH, accuracy: 4 });
  await go(0);
  await open(`/inspections/${inspection}/s/WAT`);
  await item(METRES).getByTestId('line-open').click();
  await page.getByText('Chưa có tọa độ để vẽ sơ đồ').waitFor();
  await at('line-here').click();
  await at('line-point').waitFor();
  await go(0.5);
  await at('line-here').click();
  await at('line-short').waitFor();
  await at('line-undo').click();
  await go(1);
  await at('line-here').click();
  await page.getByText('2 điểm · sai số đến 4 m').waitFor();
  assert.equal(await at('line-short').count(), 0);
  assert.match(await at('line-amount').innerText(), /^15\s*m$/);
  await shoot(page, 'measured-walked');
  await at('line-save').click();
  await until(async () => (await statement(METRES))?.answer?.value, 15);
  const said = await measured(METRES);
  assert.equal(said.method, 'walked');
  assert.equal(said.line.length, 2);
  await item(METRES).getByText('Đi bộ đo bằng định vị · 2 điểm · sai số đến 4 m').waitFor();

  // A point that is tapped on the plan was not walked.
  await item(METRES).getByTestId('line-open').click();
  const plan = await at('line-plan').boundingBox();
  await page.mouse.click(plan.x + plan.width / 2, plan.y + plan.height * 0.8);
  await page.getByText('3 điểm').waitFor();
  await at('line-save').click();
  await until(async () => (await measured(METRES))?.method, 'map');

  // Another number is not what the line says.
  await type(METRES, '40');
  await until(async () => (await statement(METRES))?.answer?.value, 40);
  assert.equal(await measured(METRES), undefined);
});

test('what is counted has no line', async () => {
  await open(`/inspections/${inspection}/s/MGT`);
  await type(ROOMS, '12');
  await item(ROOMS).getByTestId('measured-open').click();
  assert.equal(await item(ROOMS).getByTestId('line-open').count(), 0);
  await page.getByRole('radio', { name: 'Đếm tại chỗ' }).check();
  await at('measured-save').click();
  await until(async () => (await measured(ROOMS))?.method, 'counted');
});
