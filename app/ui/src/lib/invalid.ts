/** What keeps a form from going on, brought to where it is seen: its key is at the foot, what is wrong may be far above. */
import { tick } from 'svelte';

export async function showInvalid(): Promise<void> {
  await tick();
  const first = document.querySelector<HTMLElement>('[aria-invalid="true"], [data-remark="impossible"]');
  first?.scrollIntoView({ block: 'center' });
  first?.focus({ preventScroll: true });
}
