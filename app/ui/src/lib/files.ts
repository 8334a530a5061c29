/** Files as people choose them, as the engine takes them. */
import { MAX_PHOTO_FILE_BYTES, photoTooLarge, photoUnreadable, type Problem } from './types';

/** A file's bytes in base64. */
export function base64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable file'));
    reader.readAsDataURL(file);
  });
}

/** Why the engine would not even look at a photo: known before anything of it is read, so no large file stops the page. */
export function unfitPhoto(file: Blob): Problem | undefined {
  if (file.size > MAX_PHOTO_FILE_BYTES)
    return { ...photoTooLarge, details: { bytes: file.size, max_bytes: MAX_PHOTO_FILE_BYTES } };
  return file.size === 0 ? photoUnreadable : undefined;
}

/** A photo's bytes in base64. Throws a `Problem` where it is unfit, or cannot be read any more. */
export async function photoBase64(file: Blob): Promise<string> {
  const problem = unfitPhoto(file);
  if (problem) throw problem;
  return base64(file).catch(() => {
    throw photoUnreadable;
  });
}
