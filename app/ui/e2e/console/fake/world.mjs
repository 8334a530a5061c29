/** The premises, inspections and findings that the stand-in knows. */
import { readFile } from 'node:fs/promises';

import { HOUR, NOW, uuid, UNIT } from './ground.mjs';

const TEMPLATE = new URL('../../../../../sync-server/data/templates/mini_apartment-draft-1.json', import.meta.url);
const DEMO = new URL('../../../../../sync-server/data/demo/khuong_dinh.json', import.meta.url);

/** Everything that the stand-in knows. */
export async function world() {
  const template = JSON.parse(await readFile(TEMPLATE, 'utf8'));
  const { premises } = JSON.parse(await readFile(DEMO, 'utf8'));
  const facilities = premises.map((each, index) => ({
    id: uuid(1000 + index),
    name: each.name,
    class: each.class,
    address: each.address,
    ...UNIT,
    latitude: each.latitude,
    longitude: each.longitude,
    storeys: each.storeys ?? null,
    distance_m: null,
    last_inspected_at: index % 3 === 0 ? NOW - (index * 70 + 30) * HOUR : null,
    failed_checks: index % 3 === 0 ? (index * 5) % 11 : null,
    open_inspection: index % 7 === 1 ? uuid(1) : null,
    declarations_waiting: index % 9 === 4 ? 1 : 0,
    stops: [],
    unsent: false,
  }));
  const gravest = ['critical', 'critical', 'major', 'major', 'minor', null];
  const inspections = gravest.map((severity, index) => ({
    id: uuid(2000 + index),
    facility: facilities[index].id,
    facility_name: facilities[index].name,
    facility_address: facilities[index].address,
    ...UNIT,
    template: { code: template.code, version: template.version },
    state: index === 2 ? 'supplemented' : 'completed',
    started_at: NOW - (90 - index * 14) * HOUR,
    sealed_at: NOW - (88 - index * 14) * HOUR,
    officers: index % 2 === 0 ? ['Nguyễn Đức Minh', 'Trần Thị Hòa'] : ['Nguyễn Đức Minh'],
    progress: {
      answered: 127,
      total: 127,
      failed: [9, 6, 4, 3, 1, 0][index],
      clashes: index === 0 ? 1 : 0,
      photos: 14 - index,
    },
    gravest: severity,
    words: null,
    late_answers: index === 0 ? 12 : 0,
    late_failed: index === 0 ? 2 : 0,
    own_late: 0,
    unanswered: 0,
    apart: 0,
    ...(index === 2 ? { approved_before: NOW - 40 * HOUR } : {}),
    unsent: false,
  }));
  const day = (days) => new Date(NOW + (days * 24 + 7) * HOUR).toISOString().slice(0, 10);
  const questions = template.groups.flatMap((group) => group.items);
  const findings = [
    ['ESC-09', 'open', -6, false],
    ['ESC-08', 'reported_done', 2, true],
    ['EMG-01', 'commitment_signed', 12, false],
    ['REC-03', 'open', 40, false],
  ].map(([code, state, days, apart], index) => {
    const item = questions.find((each) => each.code === code) ?? questions[index];
    return {
      inspection: inspections[index].id,
      item: item.code,
      question: item.title,
      citations: item.citations,
      facility: facilities[index].id,
      facility_name: facilities[index].name,
      facility_address: facilities[index].address,
      ...UNIT,
      severity: item.severity,
      remedy: item.remedy.vi,
      found_at: NOW - (30 + index) * 24 * HOUR,
      officer: 'Nguyễn Đức Minh',
      deadline: day(days),
      promised: null,
      promises: [],
      state,
      apart,
      means: null,
      steps: 2,
      superseded: false,
      days_left: days,
      overdue: days < 0,
      unsent: false,
    };
  });
  return { template, facilities, inspections, premises, findings };
}
