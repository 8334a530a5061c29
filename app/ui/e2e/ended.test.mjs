/**
 * A post that ended: the device says so in words, what was sent leaves it, what was not is sent all the same and stays until
 * somebody lets it in; nothing is offered that would be refused.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { answer, complete, exchange, fail, photograph, startFree } from './console/fieldwork.mjs';
import { shoot } from './screens.mjs';
import { visit } from './town.mjs';

const { server, ha, long, page, inspection, at, item, open, exchangeHere, end } = await visit();
after(end);

/** Questions: where two differ, and where the finding is. */
const CODE = 'REC-01';
const FOUND = 'REC-03';
let signed;

const seen = (id) => at(id).filter({ visible: true });
const status = () => ha.command({ command: 'status' });
/** The key that a supervisor has. */
const reviewer = await server.console('duyet1');
const held = async () => (await reviewer('GET', '/api/v1/quarantine')).items.filter((each) => !each.released);

before(async () => {
  await page.goto(ha.url);
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  const record = await startFree(ha);
  await complete(ha, record, { fails: { [FOUND]: 'Sổ theo dõi chưa lập.' }, photos });
  signed = record.id;
  // The two differ at a question, and both know.
  await answer(long, inspection, CODE, { kind: 'verdict', value: 'pass' }, 'Đủ hồ sơ.');
  await server.down();
  await fail(ha, inspection, CODE, 'Thiếu biên bản nghiệm thu.');
  await server.up();
  for (const device of [long, ha, long, ha]) await exchange(device);
  // Out of reach she goes on; her post ends meanwhile.
  await server.down();
  await answer(ha, inspection, 'ELE-03', { kind: 'verdict', value: 'pass' }, 'Ghi trước khi biết nhiệm vụ đã hết.');
  const note = { step: 'committed', name: 'Bà Phạm Thu Hà', until: '2030-12-31' };
  await ha.command({ command: 'finding_step', inspection: signed, item: FOUND, note });
  await server.cli('user', 'end-post', server.account('canbo1').username);
  await server.up();
});

test('the first screen says that the post ended, what becomes of the work, and offers none', async () => {
  await exchangeHere();
  await open('/');
  const notice = seen('post-notice');
  await notice.getByText(/Nhiệm vụ của bạn đã kết thúc ngày \d{2}\/\d{2}\/\d{4}/).waitFor();
  await notice.getByText('Việc chưa gửi vẫn được gửi').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Kiểm tra', exact: true }).filter({ visible: true }).count(), 0);
  assert.equal(await page.getByText('Mâu thuẫn cần chọn').count(), 0, 'she cannot choose any more');
  assert.equal(await at('due').count(), 0, 'nor is anything due to her');
  await shoot(page, 'post-ended');
});

test('what was sent has left; what the server holds back is told and stays', async () => {
  const { unsent, safe_to_wipe, writes_in } = await status();
  assert.deepEqual([unsent.records, unsent.answers, writes_in, safe_to_wipe], [0, 0, [], false], 'all of it went');
  assert.equal(unsent.quarantined, (await held()).length, 'the server says what became of it');
  assert.ok(unsent.quarantined >= 2, 'an answer and a step');
  const premises = await ha.command({ command: 'facility_list', query: '', offset: 0, limit: 40 });
  assert.equal(premises.total, 2, 'those that the held work is about');
  await open('/exchange');
  await at('wipe-reasons').getByText('phần việc bị máy chủ giữ lại').waitFor();
  await shoot(page, 'post-ended-exchange', { only: 'phone' });
});

test('the visit and the finding are read, say why nothing is to be done, and offer nothing', async () => {
  for (const place of [
    `/inspections/${inspection}`,
    `/inspections/${inspection}/finish`,
    `/findings/${signed}/${FOUND}`,
  ]) {
    await open(place);
    await seen('post-notice').first().waitFor();
    assert.equal(await seen('post-notice').count(), 1, `${place}: said once`);
    for (const key of ['give-up', 'take-up', 'onward', 'finish-seal', 'supplement', 'step-reported', 'step-verified'])
      assert.equal(await seen(key).count(), 0, `${place}: ${key}`);
  }
  await shoot(page, 'post-ended-finding', { only: 'phone' });
  await open(`/inspections/${inspection}/s/REC?item=${CODE}`);
  await item(CODE).getByText('Thiếu biên bản nghiệm thu.').waitFor();
  await item(CODE).getByText('Đủ hồ sơ.').waitFor();
  assert.equal(await item(CODE).getByRole('button', { name: 'Giữ câu trả lời này' }).count(), 0);
  assert.equal(await item(CODE).getByText('giữ câu trả lời nào?').count(), 0, 'nobody is asked who cannot answer');
  assert.equal(await item(CODE).getByTestId('verdict-pass').count(), 0);
  assert.equal(await seen('post-notice').count(), 1);
  await shoot(page, 'post-ended-visit');
});

test('once a supervisor let it in the device hears of it, and may be wiped', async () => {
  for (const { id } of await held()) await reviewer('POST', `/api/v1/quarantine/${id}/release`, {});
  await exchange(ha);
  const { unsent, safe_to_wipe } = await status();
  assert.deepEqual([unsent.quarantined, safe_to_wipe], [0, true]);
  assert.equal((await ha.command({ command: 'facility_list', query: '', offset: 0, limit: 40 })).total, 0, 'all left');
  await exchange(long);
  const view = await long.command({ command: 'inspection_open', id: inspection });
  const kept = view.items.find((each) => each.code === 'ELE-03').statements[0];
  assert.equal(kept.note, 'Ghi trước khi biết nhiệm vụ đã hết.');
  await open('/');
  await seen('post-notice').waitFor();
});
