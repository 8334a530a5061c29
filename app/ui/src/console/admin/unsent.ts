/** What a device said that it had not sent, in words; empty if nothing, or if it never said. */
import { m } from '$lib/i18n.svelte';
import type { DeviceEntry } from '$lib/platform/web/types';

export function unsent(device: DeviceEntry): string {
  const parts = [];
  if (device.unsent_envelopes) parts.push(m.console_devices_envelopes({ count: device.unsent_envelopes }));
  if (device.unsent_photos) parts.push(m.console_devices_photos({ count: device.unsent_photos }));
  return parts.join(', ');
}
