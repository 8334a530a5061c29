/** A hash router: `#/facilities/abc` → ['facilities', 'abc']. The window's own back button works. */

function read(): string {
  return location.hash.replace(/^#/, '') || '/';
}

/** Without its percent signs; as it stands where they mean nothing. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let path = $state(read());

addEventListener('hashchange', () => {
  path = read();
  if (!path.includes('?item=')) scrollTo(0, 0);
});

export const router = {
  /** Path without the query. */
  get path(): string {
    return path.split('?')[0] ?? '/';
  },
  /** The path's parts. */
  get parts(): string[] {
    return this.path.split('/').filter((part) => part !== '');
  },
  /** A value of the query. */
  query(name: string): string | null {
    const found = (path.split('?')[1] ?? '').split('&').find((part) => part.startsWith(`${name}=`));
    return found === undefined ? null : plain(found.slice(name.length + 1));
  },
};

/** Goes to a path; `replace` leaves no step back to here. */
export function go(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) {
    history.replaceState(history.state, '', `#${to}`);
    path = read();
    scrollTo(0, 0);
  } else {
    location.hash = to;
  }
}

/** One step back, or to a place when there is none. */
export function back(otherwise: string): void {
  if (history.length > 1) history.back();
  else go(otherwise, { replace: true });
}
