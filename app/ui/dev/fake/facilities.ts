/** Premises: the demonstration's, with what the engine would know of them. */
import premises from '../../../../sync-server/data/demo/khuong_dinh.json';
import type { FacilityClass, FacilitySummary } from '../../src/lib/types';
import { DAY, now, UNIT } from './people';

export const facilities: FacilitySummary[] = premises.premises.map((each, index) => ({
  id: `facility-${index}`,
  name: each.name,
  class: each.class as FacilityClass,
  address: each.address,
  unit: 'unit',
  unit_name: UNIT,
  latitude: each.latitude,
  longitude: each.longitude,
  storeys: each.storeys,
  distance_m: null,
  last_inspected_at: index % 3 === 0 ? null : now - (20 + index * 7) * DAY,
  failed_checks: index % 3 === 0 ? null : index % 5,
  open_inspection: null,
  declarations_waiting: index === 1 ? 1 : 0,
  stops: [],
  unsent: false,
}));

export const noParts = {
  house_number: '',
  alley: '',
  sub_lane: '',
  lane: '',
  street: '',
  residential_group: '',
  ward: '',
  district: '',
};

/** What stands in their records, in the same order. */
export const sources = premises.premises;
