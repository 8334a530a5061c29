/** Entry: on a device (the app's window, or a bridge to its engine) the field app; in a plain browser the console. */
import './lib/styles/app.css';
import './lib/theme.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('no #app');

const query = new URLSearchParams(location.search);
const onDevice = '__TAURI_INTERNALS__' in window || query.has('bridge');
const development = import.meta.env.DEV && query.has('fake');

if (onDevice || development) {
  const { start } = await import('./app/start');
  await start(target);
} else {
  const { start } = await import('./console/start');
  await start(target);
}
