/**
 * Officers at work: real device engines that enrol, inspect, photograph, seal and exchange, so that the console has
 * something true to show.
 */
import assert from 'node:assert/strict';

import { Device } from '../../../../tests/harness/system.mjs';

export const PIN = '482915';
const DAY = 86_400_000;

/** Exchanges until the device has nothing to say; a problem fails. */
export async function exchange(device) {
  const status = await device.command({ command: 'exchange_wait' });
  assert.equal(status.exchange.problem, null);
  return status;
}

/** An enrolled, unlocked device that has its unit's records. */
export async function officer(server, username, deviceName) {
  const device = await Device.start();
  await device.command({ command: 'enrol', link: server.account(username).link, pin: PIN, device_name: deviceName });
  await exchange(device);
  return device;
}

/** A household head's device. */
export async function head(link, personName, deviceName) {
  const device = await Device.start();
  const enrolled = { command: 'enrol', link, pin: PIN, device_name: deviceName, person_name: personName };
  await device.command(enrolled);
  await exchange(device);
  return device;
}

/** A photo as a telephone makes it: a JPEG, drawn here by the browser. */
export async function photograph(page, title, [wall, door], width = 960) {
  const address = await page.evaluate(
    ([title, wall, door, width]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height: (width * 3) / 4 });
      const pen = canvas.getContext('2d');
      pen.scale(width / 1600, width / 1600);
      const light = pen.createLinearGradient(0, 0, 1600, 1200);
      light.addColorStop(0, wall);
      light.addColorStop(1, '#2b2a27');
      pen.fillStyle = light;
      pen.fillRect(0, 0, 1600, 1200);
      pen.fillStyle = '#3a3833';
      pen.fillRect(560, 180, 480, 1020);
      pen.fillStyle = door;
      pen.fillRect(600, 220, 400, 980);
      pen.fillStyle = 'rgba(255,255,255,.12)';
      for (let x = 640; x < 980; x += 60) pen.fillRect(x, 260, 18, 900);
      pen.fillStyle = '#1d1c1a';
      pen.beginPath();
      pen.arc(940, 760, 22, 0, 7);
      pen.fill();
      pen.fillStyle = '#f4efe6';
      pen.font = '600 54px sans-serif';
      // At the top: the app prints its stamp along the foot.
      pen.fillText(title, 60, 110);
      return canvas.toDataURL('image/jpeg', 0.86);
    },
    [title, wall, door, width],
  );
  return address.split(',')[1];
}

/** An answer that a plain, sound house would get. */
function soundAnswer(item) {
  switch (item.input.type) {
    case 'verdict':
      return { kind: 'verdict', value: 'pass' };
    case 'number': {
      const low = item.input.min ?? 0;
      const sane = item.input.whole ? Math.ceil(low + 2) : low + 1.2;
      return { kind: 'number', value: Math.min(item.input.max ?? sane, sane) };
    }
    case 'choice':
      return { kind: 'choice', value: item.input.options[0].code };
    case 'date':
      return { kind: 'date', value: '2026-10-02' };
    case 'geo':
      return { kind: 'geo', value: PLACE };
    default:
      return { kind: 'text', value: 'Có người trực 24/24' };
  }
}

const PLACE = { latitude: 20.99312, longitude: 105.81277, accuracy_m: 4, source: 'device' };

/** Starts an inspection; gives its id and its questions. */
export async function start(device, facility) {
  const view = await device.command({ command: 'inspection_start', facility });
  const template = await device.command({ command: 'template', ...view.summary.template });
  return { id: view.summary.id, items: template.groups.flatMap((group) => group.items) };
}

/** Begins the same in the first building where nobody is at it. */
export async function startFree(device) {
  const list = { command: 'facility_list', query: '', class: 'mini_apartment', offset: 0, limit: 30 };
  const free = (await device.command(list)).items.find((each) => each.open_inspection === null);
  return start(device, free.id);
}

/** What the engine holds of a question. */
export async function held(device, inspection, code) {
  const view = await device.command({ command: 'inspection_open', id: inspection });
  return view.items.find((each) => each.code === code);
}

export const answer = (device, inspection, item, value, note = '') =>
  device.command({ command: 'answer', inspection, item, answer: value, note });

export const fail = (device, inspection, item, note = '') =>
  answer(device, inspection, item, { kind: 'verdict', value: 'fail' }, note);

/** Writes the finding that a failed check needs: the template's own remedy, two weeks from now or another day. */
export const finding = (device, inspection, item, days = 14) =>
  device.command({
    command: 'finding',
    inspection,
    item: item.code,
    severity: item.severity,
    remedy: item.remedy.vi,
    deadline: new Date(Date.now() + days * DAY).toISOString().slice(0, 10),
  });

/** Answers all that has no answer, writes findings, takes the photos that are asked for, and seals. */
export async function complete(device, { id, items }, { fails = {}, photos, days }) {
  const given = await device.command({ command: 'inspection_open', id });
  const answered = new Set(given.items.filter((item) => item.statements.length > 0).map((item) => item.code));
  for (const item of items) {
    if (item.code in fails) {
      await fail(device, id, item.code, fails[item.code]);
      await finding(device, id, item, days);
    } else if (!answered.has(item.code)) {
      await answer(device, id, item.code, soundAnswer(item));
    }
  }
  await device.command({ command: 'position_set', inspection: id, position: PLACE });
  let taken = 0;
  for (const { item, reason } of await device.command({ command: 'inspection_missing', id })) {
    assert.equal(reason, 'photo', `${item} lacks more than a photo: ${reason}`);
    const data_base64 = photos[taken % photos.length];
    await device.command({ command: 'photo_add', inspection: id, item, file_name: `${item}.jpg`, data_base64 });
    taken += 1;
  }
  return device.command({ command: 'inspection_finish', id });
}
