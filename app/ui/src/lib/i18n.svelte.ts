/** The language: Vietnamese first. Texts switch in place, without loading the page again. */
import { m } from '../paraglide/messages.js';
import { overwriteGetLocale, type Locale } from '../paraglide/runtime.js';
import type { Words } from './types';

const KEY = 'ancu.locale';

function remembered(): Locale {
  return localStorage.getItem(KEY) === 'en' ? 'en' : 'vi';
}

let current = $state<Locale>(remembered());

// Every message reads the locale through this, so every text on the screen depends on it.
overwriteGetLocale(() => current);

export const locale = {
  get current(): Locale {
    return current;
  },
  set(next: Locale): void {
    current = next;
    localStorage.setItem(KEY, next);
    document.documentElement.lang = next;
  },
};

document.documentElement.lang = remembered();

/** A problem's sentence in the reader's language. */
export function say(problem: { title: string; title_en: string }): string {
  return current === 'en' ? problem.title_en : problem.title;
}

/** A text of a template in the reader's language; Vietnamese where English is missing. */
export function words(text: Words): string {
  const said = current === 'en' && text.en !== '' ? text.en : text.vi;
  // An answer that a question quotes, where the question is shown without the record.
  return said.includes('${') ? said.replaceAll(/\$\{[^}]*\}/g, '…') : said;
}

export { m };
