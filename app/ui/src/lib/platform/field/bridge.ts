/** The bridge of `ancu-field bridge`: the same commands over loopback HTTP, guarded by a token in the page's address. */
import type { Transport } from './index';

export function bridge(token: string): Transport {
  return async (command) => {
    const response = await fetch('/command', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(command),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw answer;
    return answer;
  };
}
