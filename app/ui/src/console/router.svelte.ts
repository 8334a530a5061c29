/**
 * Where the console is: the browser's address, readable as state.
 *
 * Invariant: everything that can be filtered or opened stands in the address, so a copied link shows the same. Going
 * somewhere is an ordinary `<a href>`; links within the console are taken over here, others are left to the browser.
 */
class Router {
  #path = $state(location.pathname);
  #search = $state(location.search);
  readonly #query = $derived(new URLSearchParams(this.#search));

  get path(): string {
    return this.#path;
  }

  /** A parameter of the address, empty if it is not there. */
  query(name: string): string {
    return this.#query.get(name) ?? '';
  }

  /** Path and query as they stand. */
  get here(): string {
    return this.#path + this.#search;
  }

  /** Goes to an address of the console. */
  go(href: string, { replace = false } = {}): void {
    const url = new URL(href, location.href);
    if (replace) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    const moved = url.pathname !== this.#path;
    this.#read();
    if (moved) window.scrollTo(0, 0);
  }

  /** This address with other parameters; an empty value takes the parameter away. */
  with(changes: Record<string, string>): string {
    const now = Object.fromEntries(new URLSearchParams(this.#search));
    const next = new URLSearchParams(Object.entries({ ...now, ...changes }).filter(([, value]) => value !== ''));
    const text = next.toString();
    return text === '' ? this.#path : `${this.#path}?${text}`;
  }

  /** Changes parameters of this address. Filters replace: "back" leaves the list and does not undo every letter typed. */
  filter(changes: Record<string, string>): void {
    this.go(this.with(changes), { replace: true });
  }

  /** Follows the browser's history and takes over links; answers how to stop. */
  listen(): () => void {
    const popped = () => this.#read();
    const clicked = (event: MouseEvent) => this.#follow(event);
    window.addEventListener('popstate', popped);
    document.addEventListener('click', clicked);
    return () => {
      window.removeEventListener('popstate', popped);
      document.removeEventListener('click', clicked);
    };
  }

  #read(): void {
    this.#path = location.pathname;
    this.#search = location.search;
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    // A link to a place on this very page is the browser's business.
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    this.go(link.href);
  }
}

export const router = new Router();
