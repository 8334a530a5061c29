/** The browser that the console's tests look through: Vietnamese, in Hà Nội; every error of a page fails its test. */
import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

import { chromium as chromiumPath } from '../../../../tests/harness/system.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export const launch = () => chromium.launch({ executablePath: chromiumPath(), args: FLAGS });

/** A page of its own with an empty store; `done` closes it and fails if the page threw. */
export async function openPage(browser, { viewport = WIDE, night = false, english = false } = {}) {
  const context = await browser.newContext({
    viewport,
    isMobile: viewport === PHONE,
    hasTouch: viewport === PHONE,
    colorScheme: night ? 'dark' : 'light',
    locale: 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(error.message));
  if (english) await page.addInitScript(() => localStorage.setItem('ancu.locale', 'en'));
  const done = async () => {
    await context.close();
    assert.deepEqual(thrown, []);
  };
  return { page, done };
}

/** Nothing sticks out to the right. */
export async function assertFits(page) {
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overhang <= 0, `${page.url()} is ${overhang} px too wide`);
}
