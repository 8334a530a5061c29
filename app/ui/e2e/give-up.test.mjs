/**
 * A visit that was begun by mistake is given up: after a word on what becomes of it, with a reason; it is read as before,
 * takes no answer, and is taken up again with one tap.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { answer, exchange, fail } from './console/fieldwork.mjs';
import { visit } from './town.mjs';

const { ha, long, page, inspection, open, end } = await visit();

const at = (id) => page.getByTestId(id).locator('visible=true');
const state = async (device) => (await device.command({ command: 'inspection_open', id: inspection })).summary.state;

before(async () => {
  await fail(ha, inspection, 'REC-01', 'nhầm nhà');
  await exchange(ha);
  await exchange(long);
  await answer(long, inspection, 'REC-02', { kind: 'verdict', value: 'pass' });
  await exchange(long);
  await exchange(ha);
  await open(`/inspections/${inspection}`);
});

after(end);

test('giving up asks for a reason, names colleagues and says what becomes of it', async () => {
  await at('give-up').click();
  const sheet = page.getByRole('dialog').locator('visible=true');
  await sheet.getByTestId('give-up-colleagues').getByText('Trần Đức Long').waitFor();
  await sheet.getByText('2 câu trả lời').waitFor();
  await at('give-up-sure').click();
  await sheet.getByText('Hãy chọn lý do.').waitFor();
  await sheet.getByText('Lý do khác').click();
  await at('give-up-sure').click();
  await sheet.getByText('Hãy ghi lý do.').waitFor();
  assert.equal(await state(ha), 'in_progress', 'nothing is given up without a reason');
  await sheet.getByRole('textbox').fill('Cơ sở đang tháo dỡ');
  await at('give-up-sure').click();
  await at('given-up').getByText('Cơ sở đang tháo dỡ').waitFor();
  assert.equal(await state(ha), 'cancelled');
  assert.equal(await at('give-up').count(), 0);
  assert.equal(await at('onward').count(), 0, 'nothing leads to answering');
});

test('what was answered stays readable, everywhere, and is taken up again with one tap', async () => {
  await exchange(ha);
  await exchange(long);
  assert.equal(await state(long), 'cancelled');
  const today = await long.command({ command: 'today' });
  assert.equal(
    today.in_progress.some((each) => each.id === inspection),
    false,
  );
  await open(`/inspections/${inspection}/s/REC?item=REC-01`);
  const card = page.locator('[data-testid="item"][data-code="REC-01"]');
  await card.getByText('nhầm nhà').waitFor();
  await open(`/inspections/${inspection}`);
  await at('take-up').click();
  await at('give-up').waitFor();
  assert.equal(await state(ha), 'in_progress');
});
