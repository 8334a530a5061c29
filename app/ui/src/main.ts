/** Entry: on a device (the app's window, or a bridge to its engine) the field app; in a plain browser the console. */
import { onDevice } from './lib/platform/where';
import './lib/styles/app.css';
import './lib/theme.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('no #app');

const development = import.meta.env.DEV && new URLSearchParams(location.search).has('fake');

if (onDevice || development) {
  const { start } = await import('./app/start');
  await start(target);
} else {
  const { start } = await import('./console/start');
  await start(target);
}
