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
export async function openPage(browser, { viewport = WIDE, night = false, english = false, text = '' } = {}) {
  const context = await browser.newContext({
    viewport,
    isMobile: viewport.width < 500,
    hasTouch: viewport.width < 500,
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
  if (text) await page.addInitScript((size) => localStorage.setItem('ancu.text', size), text);
  const done = async () => {
    await context.close();
    assert.deepEqual(thrown, []);
  };
  return { page, done };
}

/** Nothing sticks out to the right. */
export async function assertFits(page) {
  // Not innerWidth: a phone zooms out of what is too wide, and its window grows with it.
  const { width } = page.viewportSize();
  const { overhang, outside } = await page.evaluate((limit) => {
    const scrolls = (each) =>
      each && (/auto|scroll|hidden/.test(getComputedStyle(each).overflowX) || scrolls(each.parentElement));
    const past = [...document.querySelectorAll('#app *')].filter(
      (each) =>
        each.checkVisibility() && each.getBoundingClientRect().right > limit + 1 && !scrolls(each.parentElement),
    );
    // The innermost ones are what is too wide; the others only hold them.
    const inner = past.filter((each) => !past.some((other) => other !== each && each.contains(other)));
    return {
      overhang: document.documentElement.scrollWidth - limit,
      outside: inner.slice(0, 3).map((each) => {
        const told = each.textContent.trim() ? each : each.closest('a, button, summary, li, p, section');
        return `${each.tagName} ${told?.textContent.trim().slice(0, 40)}`;
      }),
    };
  }, width);
  assert.ok(overhang <= 0, `${page.url()} is ${overhang} px too wide at ${width}: ${outside.join('; ')}`);
}
