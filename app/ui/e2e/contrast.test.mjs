/** WCAG 2.2 AA, computed: every pair of tokens that meets on a screen, in light and at night. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const css = await readFile(new URL('../src/lib/styles/tokens.css', import.meta.url), 'utf8');

function tokens(selector) {
  const block = css.slice(css.indexOf(`${selector} {`));
  const found = block.slice(0, block.indexOf('}')).matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g);
  return Object.fromEntries([...found].map(([, name, colour]) => [name, colour]));
}

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, two) {
  const [dark, light] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = [
  ...['paper', 'card', 'sunk'].flatMap((ground) => ['ink', 'quiet', 'accent', 'amber'].map((text) => [text, ground])),
  ...['accent-wash', 'amber-wash', 'danger-wash', 'verified-wash'].map((ground) => ['ink', ground]),
  ...['accent', 'accent-deep', 'quiet'].map((text) => [text, 'accent-wash']),
  ['amber', 'amber-wash'],
  ['quiet', 'amber-wash'],
  ['danger', 'danger-wash'],
  ['verified', 'verified-wash'],
  ['verified', 'paper'],
  ['verified', 'card'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-deep'],
  ['on-danger', 'danger'],
  ['paper', 'amber'],
  ['paper', 'quiet'],
];
/** What shows where a control is: 3 : 1 is enough. */
const SHAPES = ['edge', 'accent', 'amber'].flatMap((line) => ['paper', 'card'].map((ground) => [line, ground]));

for (const [name, selector] of [
  ['light', ':root'],
  ['night', ":root[data-theme='night']"],
]) {
  test(`the ${name} theme meets AA`, () => {
    const theme = tokens(selector);
    for (const [pairs, least] of [
      [TEXT, 4.5],
      [SHAPES, 3],
    ])
      for (const [front, ground] of pairs) {
        const ratio = contrast(theme[front], theme[ground]);
        assert.ok(ratio >= least, `${front} on ${ground}: ${ratio.toFixed(2)} < ${least}`);
      }
  });
}
