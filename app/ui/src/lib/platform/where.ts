/** Where the UI runs. Small, and asked before either app is loaded. */

/** In the app's own window. */
export const inWindow = '__TAURI_INTERNALS__' in window;

/** On a device: in the app's window, or before a bridge to its engine. Otherwise in a plain browser. */
export const onDevice = inWindow || new URLSearchParams(location.search).has('bridge');
