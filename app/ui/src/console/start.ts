/** Opens the console in a page: the supervisor's and administrator's side, in a browser, served by the server itself. */
import { mount } from 'svelte';

import Console from './Console.svelte';

export function start(target: HTMLElement): void {
  mount(Console, { target });
}
