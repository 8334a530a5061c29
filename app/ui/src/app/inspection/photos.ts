/** Pictures by their hash, kept for a while: a strip that is scrolled back must not ask again. */
import { call } from '$lib/platform/field';
import type { PhotoSize, PhotoView } from '$lib/types';

const LIMIT = 120;
const kept = new Map<string, Promise<string>>();

/**
 * How far a photo is on its way: this device hears only of its own. Of a colleague's it knows whose it is, and that is said.
 */
export const standing = (photo: PhotoView): 'received' | 'unsent' | 'other' =>
  photo.verified ? 'received' : photo.own ? 'unsent' : 'other';

/** A photo as a data URL. */
export function photo(hash: string, size: PhotoSize): Promise<string> {
  const name = `${size} ${hash}`;
  let picture = kept.get(name);
  if (!picture) {
    picture = call('photo_read', { hash, size }).then(
      ({ data_base64, media_type }) => `data:${media_type};base64,${data_base64}`,
    );
    kept.set(name, picture);
    picture.catch(() => kept.delete(name));
    const oldest = kept.keys().next().value;
    if (kept.size > LIMIT && oldest !== undefined) kept.delete(oldest);
  }
  return picture;
}
