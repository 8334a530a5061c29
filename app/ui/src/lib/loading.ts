/** What is said until everything that the server has for this device was here once. */
import { number } from './format';
import { m } from './i18n.svelte';
import type { DeviceStatus } from './types';

/** Words for a device whose first loading is not complete; empty when it is. Going on, or waiting for a network. */
export function loadingWords(status: DeviceStatus): string {
  if (status.loading === null) return '';
  const words = { count: number(status.loading.facilities) };
  if (status.citizen) return status.exchange.running ? m.first_loading_home() : m.first_loading_home_waits();
  return status.exchange.running ? m.first_loading(words) : m.first_loading_waits(words);
}
