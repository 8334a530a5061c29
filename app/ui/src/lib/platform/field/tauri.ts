/** The app's window: one Tauri command carries all. */
import { invoke } from '@tauri-apps/api/core';
import { documentDir, join } from '@tauri-apps/api/path';
import type { Transport } from './index';

export const tauri: Transport = (command) => invoke('engine', { command });

/** Where files for other people are written. */
export const documents = async (): Promise<string> => join(await documentDir(), 'An Cu');
