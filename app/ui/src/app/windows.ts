/**
 * Windows of one device in one browser: they hear of a lock at once, and save what is being written before it.
 *
 * Invariant: a window that is asked answers as soon as nothing of it is unsaved; who locks waits for every window that said
 * that it is there, but not for ever. Windows elsewhere hear of it when they ask how things stand.
 */

/** In which a window says that it is there; a page that is open answers within a few milliseconds. */
const HERE_MS = 150;
/** The longest that a lock waits for windows that save. */
const SAVED_MS = 3_000;

type Said = { say: 'save'; ask: string } | { say: 'here' | 'saved'; ask: string; window: string } | { say: 'look' };

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('ancu.device') : undefined;
const own = crypto.randomUUID();
const savers = new Set<() => Promise<unknown>>();
const lookers = new Set<() => void>();
/** What is waited for, by who asked. */
const asked = new Map<string, { here: Set<string>; saved: Set<string>; heard: () => void }>();

const tell = (said: Said): void => channel?.postMessage(said);

/** Saves what is being written in this window. */
const saveHere = (): Promise<unknown> => Promise.allSettled([...savers].map((save) => save()));

channel?.addEventListener('message', ({ data }: MessageEvent<Said>) => {
  if (data.say === 'look') for (const look of lookers) look();
  else if (data.say === 'save') {
    tell({ say: 'here', ask: data.ask, window: own });
    void saveHere().then(() => tell({ say: 'saved', ask: data.ask, window: own }));
  } else {
    const waits = asked.get(data.ask);
    waits?.[data.say].add(data.window);
    waits?.heard();
  }
});

/** Has every window save what is being written in it. */
export async function saveEverywhere(): Promise<void> {
  await saveHere();
  if (!channel) return;
  const ask = crypto.randomUUID();
  const waits = { here: new Set<string>(), saved: new Set<string>(), heard: (): void => undefined };
  asked.set(ask, waits);
  tell({ say: 'save', ask });
  await new Promise((resolve) => setTimeout(resolve, HERE_MS));
  await new Promise<void>((resolve) => {
    waits.heard = () => {
      if ([...waits.here].every((window) => waits.saved.has(window))) resolve();
    };
    waits.heard();
    setTimeout(resolve, SAVED_MS);
  });
  asked.delete(ask);
}

/** Has the other windows look how things stand. */
export const lookEverywhere = (): void => tell({ say: 'look' });

/** Calls when another window of this browser changed how things stand; gives the way to end that. */
export function onLook(look: () => void): () => void {
  lookers.add(look);
  return () => lookers.delete(look);
}

/** Calls when what is being written must be saved; gives the way to end that. */
export function onSave(save: () => Promise<unknown>): () => void {
  savers.add(save);
  return () => savers.delete(save);
}
