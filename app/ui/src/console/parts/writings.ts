/** Fields grouped by who wrote them, where and when: what was written together stands together, newest first. */
import type { Attribution, FieldView, OperationId, Scalar } from '$lib/types';

/** The order in which a person reads of premises: who, where, how large, whom to call. */
const ORDER = [
  'h/name',
  'h/class',
  'h/address',
  'h/house_number',
  'h/alley',
  'h/sub_lane',
  'h/lane',
  'h/street',
  'h/residential_group',
  'h/storeys',
  'h/basements',
  'h/apartments',
  'h/residents',
  'h/head_name',
  'h/head_phone',
  'h/note',
  's/operation',
  'h/latitude',
  'h/longitude',
  'h/accuracy_m',
  'h/position_source',
];
const rank = (key: string): number => {
  const at = ORDER.indexOf(key);
  return at < 0 ? ORDER.length : at;
};

export interface Writing {
  by: Attribution;
  lines: { key: string; value: Scalar; operation: OperationId }[];
}

/** Fields with one value; those that were taken away or are empty say nothing and are left out. */
export function writings(fields: FieldView[]): Writing[] {
  const found = new Map<string, Writing>();
  for (const field of [...fields].sort((one, other) => rank(one.key) - rank(other.key))) {
    const [value, ...others] = field.values;
    if (!value || others.length > 0 || value.value === null || value.value === '') continue;
    const who = `${value.by.person} ${value.by.device} ${value.by.at}`;
    const writing = found.get(who) ?? { by: value.by, lines: [] };
    writing.lines.push({ key: field.key, value: value.value, operation: value.operation });
    found.set(who, writing);
  }
  return [...found.values()].sort((one, other) => other.by.at - one.by.at);
}
