/**
 * The bar at the foot of the window stays where the thumb is at every text size: where its keys would cover more than a
 * third of the window they are made compact (`data-tight`) instead.
 */
import type { Attachment } from 'svelte/attachments';

const SHARE = 1 / 3;

export const foot: Attachment<HTMLElement> = (bar) => {
  const fit = (): void => {
    // What counts is how high it would be in full.
    delete bar.dataset.tight;
    if (bar.offsetHeight > innerHeight * SHARE) bar.dataset.tight = '';
  };
  // Hears of larger text, other words and a narrower window.
  const sizes = new ResizeObserver(fit);
  sizes.observe(bar);
  addEventListener('resize', fit);
  return () => {
    sizes.disconnect();
    removeEventListener('resize', fit);
  };
};
