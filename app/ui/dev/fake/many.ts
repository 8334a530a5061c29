/** A ward after weeks without rest (`?fake=many`): thirty records being made, three returned, sixty findings. */
import type { FindingSummary } from '../../src/lib/types';
import { facilities } from './facilities';
import { DAY, MINUTE, now, scene } from './people';
import { fill, start } from './records';

export const many = scene === 'many';

export function crowd(): void {
  facilities.slice(3, 32).forEach((facility, index) => {
    const record = start(facility, 'in_progress', now - (3 + index * 5) * 60 * MINUTE);
    record.summary.officers = index % 3 === 0 ? ['Nguyễn Thị Lan'] : ['Trần Văn Hùng'];
    record.summary.gravest = index % 4 === 0 ? 'critical' : null;
    record.summary.unsent = index % 5 === 0;
    fill(record, (index % 9) / 10);
  });
  facilities.slice(32, 34).forEach((facility, index) => {
    const record = start(facility, 'returned', now - (4 + index) * DAY);
    fill(record, 1);
    record.summary.words = 'Đề nghị bổ sung ảnh và làm rõ nội dung được đánh dấu, nhất là lối ra tầng 1 và tầng tum.';
    record.summary.unanswered = 2 + index;
  });
}

/** The same findings at one premises after another, from long overdue to far ahead. */
export function crowded(drawn: FindingSummary[]): FindingSummary[] {
  return Array.from({ length: 60 }, (_, index) => {
    const source = drawn[index % 4] as FindingSummary;
    const home = facilities[2 + (index % 40)] ?? facilities[0];
    const days = index - 24;
    return {
      ...source,
      inspection: `inspection-past-${index}`,
      facility: home?.id ?? '',
      facility_name: home?.name ?? '',
      facility_address: home?.address ?? '',
      deadline: new Date(now + days * DAY + 7 * 3_600_000).toISOString().slice(0, 10),
      days_left: index % 15 === 14 ? null : days,
      overdue: index % 15 !== 14 && days < 0,
      unsent: false,
    };
  });
}
