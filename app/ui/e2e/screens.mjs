/** Pictures of the field app's screens, at phone and laptop width, into docs/screenshots/officer. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { assertFits, PHONE, WIDE } from './console/browser.mjs';
import { shrink } from './png.mjs';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/officer/', import.meta.url));

/** Waits until nothing on the page says that it is busy. */
export async function settled(page) {
  await page.waitForFunction(
    () =>
      document.querySelector('main') !== null &&
      // The catalogue shows busy things on purpose.
      (document.querySelector('[data-testid="catalogue"]') !== null ||
        document.querySelector('.animate-pulse, [aria-busy="true"], [data-save="saving"]') === null) &&
      // What waits to be scrolled to is not waited for.
      [...document.images].every((image) => image.complete || image.loading === 'lazy'),
  );
  await page.evaluate(() => document.fonts.ready);
}

/** One screen in both sizes, scrolled `to` a part; the page goes on in the size it had. Nothing may stick out. */
export async function shoot(page, name, { only, to } = {}) {
  await mkdir(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const [suffix, size] of [
    ['phone', PHONE],
    ['laptop', WIDE],
  ]) {
    if (only !== undefined && only !== suffix) continue;
    await page.setViewportSize(size);
    await settled(page);
    await assertFits(page);
    await to?.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    await writeFile(`${FOLDER}${name}-${suffix}.png`, shrink(picture));
  }
  await page.setViewportSize(before);
}

/** Runs with another theme, language or text size, then goes back to light Vietnamese. */
export async function dressed(page, { night = false, english = false, text = 'normal' }, job) {
  const dress = async (scheme, locale, size) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.evaluate(
      ([to, large]) => {
        localStorage.setItem('ancu.locale', to);
        localStorage.setItem('ancu.text', large);
      },
      [locale, size],
    );
    await page.reload();
    await settled(page);
  };
  await dress(night ? 'dark' : 'light', english ? 'en' : 'vi', text);
  await job();
  await dress('light', 'vi', 'normal');
}
