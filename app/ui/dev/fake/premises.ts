/** Commands about premises: found, shown, made, changed. */
import type { FacilityClass, FacilitySummary } from '../../src/lib/types';
import { facilities, noParts, sources } from './facilities';
import { declared } from './home';
import { by, DAY, odd, operation, plain, refuse, UNIT, type Commands } from './people';
import { records, viewOf } from './records';

/** The sheet of premises. */
function sheetOf(id: unknown): unknown {
  const index = facilities.findIndex((each) => each.id === id);
  const summary = facilities[index];
  const source = sources[index];
  if (!summary || !source) refuse('not_found', 'Không tìm thấy.', 'Not found.');
  return {
    summary,
    address_parts: { ...noParts, ...source },
    fields: Object.entries(source).map(([key, value]) => ({
      key: `h/${key}`,
      values: [{ operation: operation(), value, by: by('Trần Văn Hùng', 'Máy của Hùng', 30 * DAY) }],
    })),
    inspections: [...records.values()]
      .filter((each) => each.summary.facility === id)
      .map((each) => viewOf(each).summary),
    dwellings: id === declared.facility ? [declared] : [],
    risk: null,
    changes_since_last: id === 'facility-1' ? [{ item: 'REC-03', before: 'pass', after: 'fail' }] : [],
  };
}

export const premisesCommands: Commands = {
  facility_sheet: ({ id }) => sheetOf(id),
  facility_list: ({ query, class: only, limit }) => {
    const wanted = plain(String(query))
      .split(/[\s/,]+/)
      .filter((word) => word !== '');
    const found = facilities.filter(
      (each) =>
        (!only || each.class === only) && wanted.every((word) => plain(`${each.name} ${each.address}`).includes(word)),
    );
    return { items: found.slice(0, Number(limit)), total: found.length, next: null };
  },
  facilities_due: ({ limit }) => {
    const found = facilities.filter((each) => !each.open_inspection);
    return { items: found.slice(0, Number(limit)), total: found.length, next: null };
  },
  facility_create: ({ fields }) => {
    const made = fields as unknown as { name: string; class: FacilityClass; address: string; storeys: number | null };
    facilities.unshift({
      ...(facilities[0] as FacilitySummary),
      id: `facility-${facilities.length}`,
      name: made.name,
      class: made.class,
      address: made.address,
      storeys: made.storeys,
      last_inspected_at: null,
      failed_checks: null,
      open_inspection: null,
      unsent: true,
    });
    sources.unshift({ ...(sources[0] as (typeof sources)[number]), ...(made as object) });
    return sheetOf(facilities[0]?.id);
  },
  facility_edit: ({ id }) => sheetOf(id),
  facility_duplicates: ({ fields }) => {
    const { address } = fields as unknown as { address: string };
    return facilities.filter((each) => plain(each.address).startsWith(plain(address).slice(0, 8))).slice(0, 2);
  },
  address_parse: ({ text }) => {
    const found = /^(\S+)(?: ngách (\d+\/\d+))?(?: ngõ (\d+))? (.*)$/.exec(String(text));
    return {
      house_number: found?.[1] ?? '',
      alley: '',
      sub_lane: found?.[2]?.split('/')[1] ?? '',
      lane: found?.[2]?.split('/')[0] ?? found?.[3] ?? '',
      street: found?.[4] ?? String(text),
      residential_group: '',
      ward: UNIT,
      district: '',
    };
  },
  facility_check: ({ fields }) => odd('basements', 10, fields['basements']),
};
