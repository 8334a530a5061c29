/**
 * A signature covers what its signer had: what a colleague sent first, and the signer had not heard, is neither shown nor
 * counted as signed, on any telephone or in the console, and waits for its author.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { complete, exchange, fail, held, photograph } from './console/fieldwork.mjs';
import { settled } from './screens.mjs';
import { visit } from './town.mjs';

const CODE = 'ELE-03';
const PIN = '482915';

const { server, ha, long, page, inspection, items, end } = await visit();
after(end);

const restart = async (device) => {
  await device.up();
  await device.command({ command: 'unlock', pin: PIN });
};

test('what reached the server before a seal that had not heard it is not signed', async () => {
  await page.goto(ha.url);
  const photos = [await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'])];
  const finish = (command) => (command.command === 'inspection_finish' ? undefined : ha.command(command));
  await complete({ command: finish }, { id: inspection, items }, { photos });
  await exchange(ha);
  await exchange(long);
  assert.equal((await held(long, inspection, CODE)).statements[0].answer.value, 'pass');

  // Out of reach Hà signs, and is put away; Long changes what Hà had answered, and is heard first.
  await server.down();
  const signed = await ha.command({ command: 'inspection_finish', id: inspection });
  assert.equal(signed.summary.progress.failed, 0);
  await ha.down();
  await fail(long, inspection, CODE, 'Dây chập, đã cháy vỏ.');
  await server.up();
  await exchange(long);
  const reviewer = await server.console('duyet1');
  const read = () => reviewer('GET', `/api/v1/inspections/${inspection}`);
  assert.equal((await read()).summary.progress.failed, 1, 'an open record shows it');

  await restart(ha);
  await exchange(ha);
  await exchange(long);
  await exchange(ha);
  const views = [await read()];
  for (const device of [ha, long]) views.push(await device.command({ command: 'inspection_open', id: inspection }));
  for (const { summary, late } of views) {
    assert.deepEqual([summary.state, summary.progress.failed, summary.late_failed], ['completed', 0, 1]);
    assert.deepEqual(
      late.map((work) => [work.by.person_name, work.items.map((item) => item.code)]),
      [['Trần Đức Long', [CODE]]],
    );
  }
  for (const view of views.slice(0, 2)) {
    const { statements } = view.items.find((item) => item.code === CODE);
    assert.deepEqual([statements.length, statements[0].answer.value], [1, 'pass'], 'what was signed');
  }
  await page.goto(`${ha.url}#/inspections/${inspection}`);
  await settled(page);
  await page.getByText('Trần Đức Long').first().waitFor();
});
