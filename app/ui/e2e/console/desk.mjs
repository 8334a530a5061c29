/** A desk of the console before a server that tells what each test wants: the browser, its pages, and a world of records. */
import { after, before } from 'node:test';

import { launch, openPage } from './browser.mjs';
import * as fake from './fake.mjs';

/** Set before the first test of the file that imports this. */
export let browser;
export let pages;
export let known;

before(async () => {
  [browser, pages, known] = [await launch(), await fake.pages(), await fake.world()];
});
after(async () => {
  await browser?.close();
  pages?.end();
});

/** A page at an address, with some answers replaced. */
export async function open(path, { me = fake.REVIEWER, replace = {}, ...look } = {}) {
  const opened = await openPage(browser, look);
  await fake.serve(opened.page, { ...fake.answers(known, me), ...replace });
  await opened.page.goto(pages.url + path);
  return opened;
}

export const page = (items) => () => ({ items, total: items.length, next: null });
export const loginRequired = fake.refusal(401, 'login_required', 'Bạn cần đăng nhập.', 'You need to log in.');
export const record = () => `/inspections/${known.inspections[0].id}`;
