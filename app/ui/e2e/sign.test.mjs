/**
 * The end of an inspection at the premises: the officer concludes, people sign by hand on the officer's phone or say why not,
 * the record is a PDF made on the device, and whatever is changed after somebody signed is said before it is locked.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { complete, exchange, held, photograph } from './console/fieldwork.mjs';
import { shrink } from './png.mjs';
import { shoot } from './screens.mjs';
import { visit } from './town.mjs';

const run = promisify(execFile);
const SAMPLES = fileURLToPath(new URL('../../../docs/samples/', import.meta.url));

let all;
let ha;
let long;
let page;
let at;
let open;
let inspection;
let template;

before(async () => {
  all = await visit();
  ({ ha, long, page, at, open, inspection } = all);
  const { summary } = await ha.command({ command: 'inspection_open', id: inspection });
  template = await ha.command({ command: 'template', ...summary.template });
  const photos = [
    await photograph(page, 'Cầu thang bộ', ['#c9c4b8', '#5b6b66'], 400),
    await photograph(page, 'Cửa thoát nạn tầng 1', ['#b9b3a4', '#6b4f4a'], 400),
  ];
  const items = template.groups.flatMap((group) => group.items);
  // All but the seal, which is what is tried here.
  const unsealed = {
    ...ha,
    command: (command) => (command.command === 'inspection_finish' ? null : ha.command(command)),
  };
  const fails = {
    'EMG-03': 'Cửa ra mái khóa bằng ổ khóa, không có chìa tại chỗ.',
    'ESC-08': 'Hành lang tầng 2, tầng 3 để 6 xe máy và tủ giày.',
    'ELE-03': 'Dây điện đi nổi, không có ống bảo vệ.',
  };
  await complete(unsealed, { id: inspection, items }, { photos, fails });
});

after(() => all?.end());

/** Draws a signature in the box, as a hand does. */
async function draw() {
  await at('sign-box').scrollIntoViewIfNeeded();
  const box = await at('sign-box').boundingBox();
  const line = async (points) => {
    const place = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...place(points[0]));
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...place(point), { steps: 6 });
    await page.mouse.up();
  };
  const wave = Array.from({ length: 40 }, (_, n) => [0.12 + n * 0.018, 0.55 + 0.22 * Math.sin(n / 2.2) * (1 - n / 60)]);
  await line(wave);
  await line([
    [0.1, 0.72],
    [0.5, 0.66],
    [0.88, 0.7],
  ]);
}

const attendance = async (device) => (await device.command({ command: 'inspection_open', id: inspection })).attendance;

test('the officer draws on a photo: an arrow, a circle, words; the picture stays', async () => {
  const item = await held(ha, inspection, 'ESC-08');
  const [{ hash }] = item.photos;
  await open(`/inspections/${inspection}/s/ESC`);
  const card = all.item('ESC-08');
  await card.getByTestId('photo-thumb').first().click();
  await at('photo-draw').click();
  const drag = async (from, to) => {
    const box = await at('draw-area').boundingBox();
    const place = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...place(from));
    await page.mouse.down();
    await page.mouse.move(...place(to), { steps: 5 });
    await page.mouse.up();
  };
  await drag([0.2, 0.35], [0.45, 0.5]);
  await at('draw-ellipse').click();
  await drag([0.42, 0.45], [0.62, 0.58]);
  await at('draw-text').click();
  await page.getByRole('textbox', { name: 'Chữ trên ảnh' }).fill('6 xe máy, lối đi còn 40 cm');
  const box = await at('draw-area').boundingBox();
  await page.mouse.click(box.x + box.width * 0.1, box.y + box.height * 0.65);
  await shoot(page, 'photo-draw');
  await at('draw-save').click();
  await at('draw-area').waitFor({ state: 'hidden' });
  await shoot(page, 'photo-drawn');
  const drawn = (await held(ha, inspection, 'ESC-08')).photos.find((each) => each.hash === hash);
  assert.deepEqual(
    drawn.marks.map((mark) => mark.kind),
    ['arrow', 'ellipse', 'text'],
  );
  assert.equal(drawn.marks[2].words, '6 xe máy, lối đi còn 40 cm');
});

test('the officer concludes, and the representative signs on the phone', async () => {
  await open(`/inspections/${inspection}/finish`);
  await at('conclusion').getByText('Theo kết quả kiểm tra:').waitFor();
  await shoot(page, 'sign-conclusion', { to: at('conclusion') });
  await at('conclusion').getByText('Không đảm bảo, đề nghị tạm đình chỉ hoặc đình chỉ', { exact: true }).click();
  await at('conclusion').getByText('Đã lưu kết luận').waitFor();

  await at('attend-representative').click();
  const sheet = page.getByRole('dialog');
  // Neither a name nor a signature: the name is asked for, nothing is noted.
  await at('attend-save').click();
  await sheet.getByText('Hãy ghi họ và tên.').waitFor();
  assert.deepEqual(await attendance(ha), []);
  await sheet.getByRole('textbox', { name: 'Họ và tên' }).fill('Nguyễn Thị Hoa');
  await sheet.getByRole('textbox', { name: 'Chức vụ' }).fill('Chủ nhà');
  await draw();
  await shoot(page, 'sign-hand', { to: at('sign-box') });
  await sheet.getByRole('textbox', { name: 'Ý kiến về biên bản' }).fill('Nhất trí, xin khắc phục trong 10 ngày.');
  await at('attend-save').click();
  await sheet.waitFor({ state: 'detached' });
  const [hoa] = await attendance(ha);
  assert.equal(hoa.name, 'Nguyễn Thị Hoa');
  assert.ok(hoa.covers && hoa.hand.strokes.length === 2, JSON.stringify(hoa.hand?.strokes.length));

  await at('attend-other').click();
  await sheet.getByText('Người chứng kiến').click();
  await sheet.getByRole('textbox', { name: 'Họ và tên' }).fill('Trần Văn Tổ');
  await sheet.getByText('Từ chối ký').click();
  await at('attend-save').click();
  await sheet.getByText('Hãy ghi lý do không ký.').waitFor();
  await sheet.getByRole('textbox', { name: 'Lý do không ký' }).fill('Không chứng kiến phần tầng hầm.');
  await at('attend-save').click();
  await sheet.waitFor({ state: 'detached' });
  await page.locator('[data-list="attendance"]').getByText('Từ chối ký').waitFor();
  await shoot(page, 'sign-people', { to: page.locator('[data-list="attendance"]') });
});

test('what is changed after somebody signed is said, and they sign again', async () => {
  const item = await held(ha, inspection, 'ESC-02');
  await ha.command({
    command: 'answer',
    inspection,
    item: 'ESC-02',
    answer: item.statements[0].answer,
    note: 'Đo lại sau khi ký.',
  });
  // Another window of the same device wrote it: this one looks again when it comes to the front.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByText('Có chữ ký trên nội dung cũ').waitFor();
  assert.equal(await at('finish-seal').count(), 0, 'nothing is locked over a signature that is not on it');
  await shoot(page, 'sign-changed', { to: page.locator('[data-list="attendance"]') });
  const row = page.locator('[data-list="attendance"] li').filter({ hasText: 'Nguyễn Thị Hoa' });
  await row.getByRole('button', { name: 'Ký lại' }).click();
  await draw();
  await at('attend-save').click();
  await page.getByText('Có chữ ký trên nội dung cũ').waitFor({ state: 'detached' });
});

test('the record is a PDF made on the device, before and after it is locked', async () => {
  const paper = async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      at('paper').filter({ visible: true }).first().click(),
    ]);
    await at('paper-made').filter({ visible: true }).first().waitFor();
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const draft = await paper();
  assert.match(draft.name, /^bien-ban-\d{4}-\d\d-\d\d-[a-z0-9-]+\.pdf$/);
  assert.equal(draft.bytes.subarray(0, 5).toString(), '%PDF-');
  await at('finish-seal').click();
  await page.locator('[data-testid="finish-sure"]:not([disabled])').waitFor();
  const sheet = page.getByRole('dialog');
  assert.equal(await sheet.getByText('Biên bản sẽ ghi rõ là thiếu').count(), 0, 'nothing is lacking');
  await at('finish-sure').click();
  await page.getByRole('heading', { name: 'Đã ký, đã khóa' }).waitFor();
  await shoot(page, 'sign-sealed');
  const signed = await paper();
  assert.ok(signed.bytes.length > 50_000 && !signed.bytes.equals(draft.bytes));
  await mkdir(SAMPLES, { recursive: true });
  const file = `${SAMPLES}bien-ban-kiem-tra.pdf`;
  await writeFile(file, signed.bytes);
  // Another's program reads it: every letter is text, with its marks.
  const { stdout: text } = await run('pdftotext', ['-layout', file, '-']);
  for (const words of [
    'ỦY BAN NHÂN DÂN',
    'PHƯỜNG KHƯƠNG ĐÌNH',
    'BIÊN BẢN KIỂM TRA',
    'Nguyễn Thị Hoa',
    'Từ chối ký: Không chứng kiến phần tầng hầm.',
    'Hành lang tầng 2, tầng 3 để 6 xe máy và tủ giày.',
    'đề nghị tạm đình chỉ hoặc đình chỉ hoạt động',
    'Nhất trí, xin khắc phục trong 10 ngày.',
    '6 xe máy, lối đi còn 40 cm',
  ])
    assert.ok(text.replace(/\s+/g, ' ').includes(words), words);
  assert.ok(!text.includes('□'), 'every letter was printed');
  const { stdout: told } = await run('pdfinfo', [file]);
  const { stdout: meta } = await run('pdfinfo', ['-meta', file]);
  assert.match(meta, /pdfaid:part(>|=")2/);
  assert.match(meta, /pdfaid:conformance(>|=")B/);
  const pages = Number(/Pages:\s+(\d+)/.exec(told)[1]);
  assert.ok(text.includes(`Trang ${pages}/${pages}`), `${pages} pages`);
  // The code on the page where it was signed, as a camera sees it.
  const { check } = await ha.command({ command: 'print', id: inspection });
  const signedOn = text.split('\f').findIndex((each) => each.includes('Ký điện tử và khóa biên bản')) + 1;
  const scan = ['-r', '300', '-png', '-singlefile', '-f', `${signedOn}`, '-l', `${signedOn}`, file, `${SAMPLES}scan`];
  await run('pdftoppm', scan);
  const seen = await readFile(`${SAMPLES}scan.png`);
  await rm(`${SAMPLES}scan.png`);
  const { text: read } = await ha.command({ command: 'qr_read', image_base64: seen.toString('base64') });
  assert.equal(read, check);
  await run('pdftoppm', ['-r', '60', '-png', '-l', '5', file, `${SAMPLES}page`]);
  for (const number of [1, 2, 3, 4, 5]) {
    const picture = `${SAMPLES}page-${String(number).padStart(String(pages).length, '0')}.png`;
    await writeFile(picture, shrink(await readFile(picture)));
  }
  await open(`/inspections/${inspection}`);
  await page.getByTestId('concluded').filter({ visible: true }).getByText('Không đảm bảo').waitFor();
  await shoot(page, 'sign-record');
});

test('a colleague reads who signed, and a code that was changed is not believed', async () => {
  await exchange(ha);
  await exchange(long);
  const theirs = await attendance(long);
  assert.deepEqual(
    theirs.map((each) => [each.name, each.covers, each.unsigned]),
    [
      ['Nguyễn Thị Hoa', true, null],
      ['Trần Văn Tổ', false, 'refused'],
    ],
  );
  const { check } = await ha.command({ command: 'print', id: inspection });
  const known = await long.command({ command: 'check_code', code: check });
  assert.deepEqual([known.document, known.here], [inspection, 'signed']);
  const code = check.split('/').at(-1);
  const forged = `${code.slice(0, 60)}${code[60] === 'A' ? 'B' : 'A'}${code.slice(61)}`;
  await assert.rejects(long.command({ command: 'check_code', code: forged }), /KHÔNG ĐÚNG|field_invalid/);
});

test('the risk of the premises is the same with every reason on both phones and in the console', async () => {
  const { summary } = await ha.command({ command: 'inspection_open', id: inspection });
  const { risk } = await ha.command({ command: 'facility_sheet', id: summary.facility });
  assert.deepEqual((await long.command({ command: 'facility_sheet', id: summary.facility })).risk, risk);
  const reviewer = await all.server.console('duyet1');
  assert.deepEqual((await reviewer('GET', `/api/v1/facilities/${summary.facility}`)).risk, risk);
  const told = risk.reasons.map((reason) => reason.id);
  for (const id of ['critical_open', 'major_open', 'unsafe']) assert.ok(told.includes(id), `${id} of ${told}`);
  assert.equal(
    risk.score,
    Math.min(
      100,
      risk.reasons.reduce((sum, reason) => sum + reason.points, 0),
    ),
  );
});
