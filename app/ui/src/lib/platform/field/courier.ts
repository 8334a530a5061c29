/**
 * Files that a person saves and hands in. In the app's window the engine writes into the documents folder and says where;
 * a browser fetches the file from the engine piece by piece and downloads it.
 */
import { base64 } from '$lib/files';
import type { Taken, Written } from '../../types';
import { inWindow } from '../where';
import { call } from './index';

/** How much of a file goes in one command. */
const PIECE = 1024 * 1024;

/** Where the app's window writes such files; nowhere in a browser. */
async function folder(): Promise<string | undefined> {
  if (!inWindow) return undefined;
  return (await import('./tauri')).documents();
}

async function download(written: Written): Promise<void> {
  const name = written.file.replace(/^.*[\\/]/, '');
  const pieces: Blob[] = [];
  for (let offset = 0; offset < written.bytes;) {
    const piece = await call('courier_read', { file: name, offset });
    const bytes = Uint8Array.from(atob(piece.data_base64), (letter) => letter.charCodeAt(0));
    if (bytes.length === 0) break;
    // A Blob may lie on the disk; an array of all of it would not.
    pieces.push(new Blob([bytes]));
    offset += bytes.length;
  }
  const url = URL.createObjectURL(new Blob(pieces, { type: 'application/octet-stream' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Has the engine write a file, where a person finds it. `place` is the folder, or nothing where it was downloaded. */
async function save(
  write: (target: { folder?: string }) => Promise<Written>,
): Promise<{ written: Written; place: string | undefined }> {
  const target = await folder();
  const written = await write(target === undefined ? {} : { folder: target });
  if (target === undefined) await download(written);
  return { written, place: target };
}

/** All that is unsent, in a file. */
export const exportUnsent = () => save((target) => call('courier_export', target));

/** The receipt of a colleague's file, in a file. */
export const handBack = (bundle: string) => save((target) => call('courier_hand_back', { bundle, ...target }));

/** Hands a file in: a colleague's, or a receipt. */
export async function takeFile(file: File): Promise<Taken> {
  let taken: Taken = { taken: 'piece', bytes: 0 };
  let offset = 0;
  do {
    const piece = file.slice(offset, offset + PIECE);
    const last = offset + piece.size >= file.size;
    const data_base64 = piece.size > 0 ? await base64(piece) : '';
    taken = await call('courier_take_piece', { offset, data_base64, last });
    offset += piece.size;
  } while (offset < file.size);
  return taken;
}
