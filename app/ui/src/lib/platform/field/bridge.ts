/** The bridge of `ancu-field bridge`: the same commands over loopback HTTP, guarded by a token in the page's address. */
import type { Transport } from './index';

/** What a page may still send when it goes away; a browser takes no more than 64 KiB of it. */
const LAST_WORDS_CHARS = 16_000;

export function bridge(token: string): Transport {
  let leaving = false;
  addEventListener('pagehide', () => (leaving = true), { capture: true });
  addEventListener('pageshow', () => (leaving = false));
  return async (command) => {
    const body = JSON.stringify(command);
    const response = await fetch('/command', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body,
      // What is said while the page goes away outlives it.
      keepalive: leaving && body.length < LAST_WORDS_CHARS,
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw answer;
    return answer;
  };
}
