/** The first screen where much is to be done. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { answer, complete, exchange, photograph, start } from './console/fieldwork.mjs';
import { dressed, shoot } from './screens.mjs';
import { town } from './town.mjs';

const { ha, long, page, open, exchangeHere, end } = await town();
after(end);

test('many findings and records stay few lines on the first screen, counted, and a tap away as a whole', async () => {
  // A colleague found much that is due soon, and began more records than a screen holds.
  const { items: premises } = await long.command({ command: 'facility_list', query: '', offset: 0, limit: 40 });
  const idle = premises.filter((each) => each.open_inspection === null);
  const visit = await start(long, idle[0].id);
  const checks = visit.items.filter((each) => each.input.type === 'verdict' && !each.survey);
  const fails = Object.fromEntries(checks.slice(0, 24).map((each) => [each.code, '']));
  await complete(long, visit, {
    fails,
    photos: [await photograph(page, 'Hành lang', ['#c9c4b8', '#5b6b66'])],
    days: 3,
  });
  for (const each of idle.slice(1, 9)) {
    const { id } = await start(long, each.id);
    await answer(long, id, 'REC-01', { kind: 'verdict', value: 'pass' });
  }
  await exchange(long);
  await exchangeHere();

  await open('/');
  const due = page.getByTestId('findings-due').getByTestId('finding-row');
  await due.first().waitFor();
  assert.equal(await due.count(), 3, 'a few of them');
  const { counts } = await ha.command({ command: 'today' });
  assert.ok(counts.findings >= 24, `${counts.findings} due`);
  const all = page.locator('a[href="#/today/findings"]').filter({ hasText: `Xem tất cả (${counts.findings})` });
  await all.waitFor();
  // What is overdue and what is due soon are two numbers, each under its own word.
  const tile = (word) => page.getByTestId('glance').getByRole('link').filter({ hasText: word });
  assert.ok(counts.overdue > 0 && counts.overdue < counts.findings, `${counts.overdue} overdue`);
  assert.equal((await tile('Quá hạn').innerText()).trim().split(/\s/)[0], String(counts.overdue));
  assert.equal((await tile('Đến hạn').innerText()).trim().split(/\s/)[0], String(counts.findings - counts.overdue));
  await shoot(page, 'today-many');
  await all.click();
  const list = page.locator('[data-list="findings"]');
  await list.getByTestId('finding-row').nth(23).waitFor();
  assert.equal(await list.locator('details:not([open]) [data-testid="finding-row"]:visible').count(), 0);
  assert.equal(await list.getByTestId('finding-row').filter({ visible: true }).count(), counts.findings);
  const overdue = list.getByRole('heading', { name: 'Quá hạn' });
  assert.match(await overdue.innerText(), new RegExp(`\\b${counts.overdue}$`), 'the same number in the list');
  await shoot(page, 'today-findings');

  await open('/');
  await page.locator('a[href="#/today/in-progress"]').filter({ hasText: 'Xem tất cả' }).click();
  await page.locator('[data-list="in-progress"] [data-testid="inspection-row"]').nth(7).waitFor();
  await open('/');
  await dressed(page, { night: true }, () => shoot(page, 'today-many-night'));
});
