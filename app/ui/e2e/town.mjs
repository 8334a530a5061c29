/** What most tests of the field app begin with: a server with its ward, two officers who both have its records, a telephone's page. */
import assert from 'node:assert/strict';

import { Server } from '../../../tests/harness/system.mjs';
import { launch, openPage, PHONE } from './console/browser.mjs';
import { exchange, held as heldBy, officer, startFree } from './console/fieldwork.mjs';
import { settled } from './screens.mjs';

/** How tests look at a page of a device, and go on it. */
export function looking(page, device) {
  const at = (id) => page.getByTestId(id);
  const open = async (hash) => {
    await page.goto(`${device.url}#${hash}`);
    await settled(page);
  };
  return {
    at,
    item: (code) => page.locator(`[data-testid="item"][data-code="${code}"]`),
    open,
    /** Presses "Trao đổi ngay" and waits until engine and screen agree that it is done. */
    exchangeHere: async () => {
      await open('/exchange');
      await at('exchange-now').click();
      await exchange(device);
      await page.locator('[data-testid="exchange-now"][aria-busy="false"]').waitFor();
    },
  };
}

/** Starts all of it; `end` closes whatever was started, whatever fails meanwhile, and fails then. The page is of Hà's device. */
export async function town() {
  const started = [];
  const end = async () => {
    const faults = [];
    for (const close of started.toReversed()) await close().catch((fault) => faults.push(fault));
    if (faults.length > 0) throw faults[0];
  };
  const keep = (thing, close) => {
    started.push(() => close(thing));
    return thing;
  };
  try {
    const server = keep(await Server.start(), (each) => each.end());
    const ha = keep(await officer(server, 'canbo1', 'Máy của Hà'), (each) => each.end());
    const long = keep(await officer(server, 'canbo2', 'Máy của Long'), (each) => each.end());
    const browser = keep(await launch(), (each) => each.close());
    const { page } = keep(await openPage(browser, { viewport: PHONE }), (each) => each.done());
    return { server, ha, long, browser, page, ...looking(page, ha), end };
  } catch (fault) {
    await end().catch(() => {});
    throw fault;
  }
}

/** The same with a visit that Hà began and both have. */
export async function visit() {
  const all = await town();
  const { ha, long, end } = all;
  try {
    const { id: inspection, items } = await startFree(ha);
    await exchange(ha);
    await exchange(long);
    const held = (code) => heldBy(ha, inspection, code);
    const note = async (code) => (await held(code))?.statements[0]?.note ?? '';
    return { ...all, inspection, items, held, note };
  } catch (fault) {
    await end().catch(() => {});
    throw fault;
  }
}

/** Asks again until it is so; a deadline that is far above what it takes makes a failure readable. */
export async function until(job, wanted) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await job();
    if (found === wanted || Date.now() > deadline) return assert.equal(found, wanted);
  }
}
