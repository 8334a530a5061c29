/** What must hold on every screen, whoever draws it: it fits, it can be pressed, it can be read by a program that reads aloud. */
import assert from 'node:assert/strict';

import axe from 'axe-core';

import { assertFits } from './console/browser.mjs';

/** A bar that stands at the window's edge covers what scrolls under it; what is too small is measured below. */
const EXCEPT = { 'target-size': { enabled: false } };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** axe-core finds nothing against WCAG 2.2 A and AA, nor against good practice. */
export async function assertReadable(page, where) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(
    ([values, rules]) =>
      window.axe.run(document, { runOnly: { type: 'tag', values }, rules, resultTypes: ['violations'] }),
    [RULES, EXCEPT],
  );
  const told = found.violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary?.split('\n')[1]?.trim()})`),
  );
  assert.deepEqual(told, [], where);
}

/** Whatever can be pressed is at least 44 pixels high and wide; a link inside a sentence is as high as its line. */
export async function assertPressable(page, where) {
  const small = await page
    .locator(
      'a:visible, button:visible, summary:visible, select:visible, label:has(input[type=file], input[type=radio]):visible',
    )
    .evaluateAll((keys) =>
      keys
        .filter((key) => getComputedStyle(key).display !== 'inline' && !key.closest('.sr-only'))
        .map((key) => ({ box: key.getBoundingClientRect(), words: key.textContent?.trim().slice(0, 40) }))
        .filter(({ box }) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
        .map(({ box, words }) => `${words} ${Math.round(box.width)}×${Math.round(box.height)}`),
    );
  assert.deepEqual(small, [], where);
}

/** No words are cut off at their box's edge, and nothing sticks out of the window. */
export async function assertWhole(page, where) {
  await assertFits(page);
  const cut = await page.locator('main *').evaluateAll((all) =>
    all
      .filter((each) => {
        const style = getComputedStyle(each);
        const scrolls = /auto|scroll/.test(style.overflowX);
        return (
          !scrolls &&
          style.display !== 'inline' &&
          each.clientWidth > 2 &&
          each.checkVisibility() &&
          !each.matches('input, textarea, svg, svg *') &&
          each.scrollWidth > each.clientWidth + 1 &&
          [...each.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim() !== '')
        );
      })
      .map(
        (each) => `${each.tagName} ${each.scrollWidth}>${each.clientWidth}: ${each.textContent.trim().slice(0, 40)}`,
      ),
  );
  assert.deepEqual(cut, [], where);
}

/** The key Tab leads somewhere, and one sees where. */
export async function assertReachable(page, where) {
  await page.evaluate(() => document.activeElement?.blur());
  const idle = () => page.evaluate(() => document.activeElement === document.body);
  await page.keyboard.press('Tab');
  // After the last key of a page the browser's own window is next, then the first.
  if (await idle()) await page.keyboard.press('Tab');
  const seen = await page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return 'nothing has the focus';
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
      ? ''
      : `${at.outerHTML.slice(0, 120)}: no outline`;
  });
  assert.equal(seen, '', where);
}
