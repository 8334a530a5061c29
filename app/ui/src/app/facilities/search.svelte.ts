/** What was searched for; stays while another screen is open. */
import type { FacilityClass } from '$lib/types';

export const search = $state({
  query: '',
  class: '' as FacilityClass | '',
  near: null as { latitude: number; longitude: number } | null,
});
