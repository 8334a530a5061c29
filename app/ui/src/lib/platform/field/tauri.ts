/** The app's window: one Tauri command carries all. */
import { invoke } from '@tauri-apps/api/core';
import type { Transport } from './index';

export const tauri: Transport = (command) => invoke('engine', { command });
