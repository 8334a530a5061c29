/** One press, one effect: what a key begins is begun once, however fast it is pressed, by hand and with Enter. */

/** What a key does; where it takes time, a promise of its end. */
export type Pressed<E extends Event> = (event: E) => unknown;

/**
 * The same, once at a time: while it works, and for the second tap of a double tap, a press does nothing.
 * `again`: what is meant to be pressed fast, as a step to the next picture.
 */
export function once<E extends Event>(job: () => Pressed<E> | null | undefined, again = false): (event: E) => void {
  let working = false;
  return (event) => {
    const second = event instanceof UIEvent && event.detail > 1;
    if (working || (second && !again)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const done = job()?.(event);
    if (!(done instanceof Promise)) return;
    working = true;
    const rest = (): void => {
      working = false;
    };
    done.then(rest, rest);
  };
}
