/** A record as PDF: in the app's window written into the documents folder, in a browser downloaded. */
import { inWindow } from '../where';
import type { Paper } from '../../types';
import { call } from './index';

export async function savePaper(id: string): Promise<{ paper: Paper; written: boolean }> {
  const target = inWindow ? { folder: await (await import('./tauri')).documents() } : {};
  const paper = await call('print', { id, ...target });
  if (paper.data_base64 === undefined) return { paper, written: true };
  const bytes = Uint8Array.from(atob(paper.data_base64), (letter) => letter.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: paper.file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return { paper, written: false };
}
