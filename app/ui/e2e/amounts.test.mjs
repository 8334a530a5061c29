/** What is typed is what is saved: numbers as people write them, and answers that are taken back. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { settled } from './screens.mjs';
import { until, visit } from './town.mjs';

const METRES = 'WAT-01';
const ROOMS = 'MGT-01';
const VERDICT = 'ELE-03';

const { page, inspection, item, held, open, end } = await visit();
after(end);

const box = (code) => item(code).locator(`input[name="answer-${code}"]`);
const saved = async (code) => (await held(code))?.statements[0]?.answer?.value;

async function type(code, text) {
  await box(code).fill(text);
  await box(code).press('Enter');
}

test('thousands are thousands, and what may be either is asked', async () => {
  await open(`/inspections/${inspection}/s/MGT`);
  await type(ROOMS, '1.000');
  await until(() => saved(ROOMS), 1000);
  await type(ROOMS, '48 căn');
  await until(() => saved(ROOMS), 48);
  await open(`/inspections/${inspection}/s/WAT`);
  await type(METRES, '1.200');
  await item(METRES).getByText('“1.200” là số nào?').waitFor();
  assert.equal(await saved(METRES), undefined, 'nothing is saved that was not meant');
  await item(METRES).getByTestId('either').getByRole('button').first().click();
  await until(() => saved(METRES), 1200);
  assert.equal(await box(METRES).inputValue(), '1200');
  await type(METRES, '1,5');
  await until(() => saved(METRES), 1.5);
  await type(METRES, '1.234,5');
  await until(() => saved(METRES), 1234.5);
});

test('nothing is called saved beside a number that is refused', async () => {
  await open(`/inspections/${inspection}/s/MGT`);
  await type(ROOMS, '48');
  await item(ROOMS).getByTestId('item-saved').waitFor();
  for (const text of ['abc', '-3']) {
    await type(ROOMS, text);
    await item(ROOMS).getByText('Số đã lưu vẫn là 48.').waitFor();
    assert.equal(await item(ROOMS).getByTestId('item-saved').count(), 0);
  }
  assert.equal(await saved(ROOMS), 48);
});

test('a verdict is taken back, and had back', async () => {
  await open(`/inspections/${inspection}/s/ELE`);
  await item(VERDICT).getByTestId('verdict-pass').click();
  await until(() => saved(VERDICT), 'pass');
  await item(VERDICT).getByRole('button', { name: 'Xóa câu trả lời' }).click();
  await until(() => saved(VERDICT), undefined);
  await item(VERDICT).getByTestId('undo-clear').click();
  await until(() => saved(VERDICT), 'pass');
  await settled(page);
});
