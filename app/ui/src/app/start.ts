/** Starts the field app: the officer's, or the household head's, as the device was enrolled. */
import { mount } from 'svelte';
import App from './App.svelte';
import { device } from './device.svelte';

export async function start(target: HTMLElement): Promise<void> {
  await device.refresh();
  mount(App, { target });
}
