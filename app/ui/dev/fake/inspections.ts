/** Commands about inspections, what stands in them, and what of it is due today. */
import type { Answer, DeviceStatus, FindingDetail, GivenUpReason, InspectionView, Mark } from '../../src/lib/types';
import { status } from './device';
import { facilities } from './facilities';
import { findingsDue } from './findings';
import { declared } from './home';
import { crowd, many } from './many';
import { colleague, DAY, me, MINUTE, now, operation, plan, refuse, scene, template, type Commands } from './people';
import { drawing, itemOf, missingOf, picture, recordOf, records, start, viewOf } from './records';

/** Items with two answers. */
function clashes(): unknown {
  return [...records.values()].flatMap((record) =>
    [...record.items.values()]
      .filter((item) => item.statements.length > 1)
      .map((item) => ({
        document: record.summary.id,
        kind: 'inspection',
        title: record.summary.facility_name,
        key: `i/${item.code}`,
        question: template.groups.flatMap((group) => group.items).find((each) => each.code === item.code) ?? null,
        values: item.statements.map((each) => ({ ...each, value: null, finding: null, photo: null })),
      })),
  );
}

if (many) crowd();

/** A note that waits for a choice, in the first record that is being made. */
function drafts(): DeviceStatus['note_drafts'] {
  const record = [...records.values()].find((each) => each.summary.state === 'in_progress');
  const question = template.groups[1]?.items[0];
  if (scene !== 'drafts' || !record || !question) return [];
  return [
    {
      inspection: record.summary.id,
      item: question.code,
      question: question.title,
      premises: record.summary.facility_name,
    },
  ];
}
status.note_drafts = drafts();

export const inspectionCommands: Commands = {
  today: () => ({
    in_progress: [...records.values()]
      .filter((each) => each.summary.state === 'in_progress')
      .map((each) => viewOf(each).summary),
    returned: [...records.values()]
      .filter((each) => each.summary.state === 'returned')
      .map((each) => viewOf(each).summary),
    late: [...records.values()]
      .filter((each) => each.summary.state === 'approved')
      .map((each) => ({
        inspection: viewOf(each).summary,
        answers: 2,
        photos: 1,
        sealed_by: colleague.person_name,
        sealed_at: now - 37 * DAY,
        signed_at: now - 36 * DAY,
        correction: each.view.supplementing === 'own',
      })),
    clashes: clashes(),
    findings: findingsDue().slice(0, 20),
    measures: [],
    declarations: declared.state === 'submitted' ? [declared] : [],
    due: facilities.filter((each) => !each.open_inspection).slice(0, 20),
    counts: {
      facilities: facilities.length,
      inspected: 39,
      findings: findingsDue().length,
      due: facilities.filter((each) => !each.open_inspection).length,
    },
  }),
  inspection_start: ({ facility }) => {
    const found = facilities.find((each) => each.id === facility);
    if (scene === 'refused') refuse('forbidden', 'Bạn không có quyền làm việc này.', 'You are not allowed to do this.');
    if (!found) refuse('not_found', 'Không tìm thấy.', 'Not found.');
    return viewOf(start(found, 'in_progress', Date.now()));
  },
  inspection_open: ({ id }) => viewOf(recordOf(id)),
  answer: ({ inspection, item, answer, note }) => {
    const record = recordOf(inspection);
    const view = itemOf(record, String(item));
    if (record.summary.state === 'returned') record.view.open_supplement = 'supplement';
    view.statements = [
      {
        operation: operation(),
        answer: answer as Answer | null,
        note: String(note),
        by: { ...me(), at: Date.now() },
        chosen_by: null,
        supplement: record.view.open_supplement !== null,
        unsigned: record.view.open_supplement !== null,
      },
    ];
    if (record.view.supplementing === 'own') {
      const before = record.view.late[0]?.items ?? [];
      const code = String(item);
      const said = { code, answer: answer as Answer, note: String(note), at: Date.now(), finding: null, failed: false };
      record.view.late = [
        {
          supplement: 'supplement',
          code: null,
          own: true,
          by: { ...me(), at: Date.now() },
          items: [...before.filter((each) => each.code !== code), { ...said, severity: null }],
          photos: 0,
          attended: 0,
          same: 0,
          signed_at: null,
          correction: true,
          asked: false,
        },
      ];
    }
    const whole = viewOf(record);
    return { item: { ...view }, groups: whole.groups, progress: whole.summary.progress, form: null };
  },
  finding: ({ inspection, item, severity, remedy, deadline }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.finding = { severity, remedy, deadline, at: Date.now(), by: 'me' } as FindingDetail;
    const whole = viewOf(recordOf(inspection));
    return { item: { ...view }, groups: whole.groups, progress: whole.summary.progress, form: null };
  },
  photo_add: ({ inspection, item }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.photos = [...view.photos, picture(`n${operation().counter}`, { at: Date.now() })];
    return { ...view };
  },
  photo_mark: ({ inspection, item, hash, marks }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.photos = view.photos.map((each) => (each.hash === hash ? { ...each, marks: marks as Mark[] } : each));
    return { ...view };
  },
  photo_remove: ({ inspection, item, hash }) => {
    const view = itemOf(recordOf(inspection), String(item));
    view.photos = view.photos.filter((each) => each.hash !== hash);
    return { ...view };
  },
  photo_read: ({ hash }) => ({
    data_base64: btoa(unescape(encodeURIComponent(drawing(String(hash))))),
    media_type: 'image/svg+xml',
  }),
  position_set: ({ inspection, position }) => {
    const record = recordOf(inspection);
    record.view.position = position as unknown as InspectionView['position'];
    return viewOf(record);
  },
  section_leave: () => null,
  note_drafts: ({ inspection }) =>
    drafts()
      .filter((each) => each.inspection === inspection)
      .map(({ item }) => ({ item, words: 'Cửa thoát nạn bị chắn bởi xe đạp', at: now - 20 * MINUTE })),
  note_draft_drop: () => [],
  inspection_missing: ({ id }) => missingOf(recordOf(id)),
  reply: ({ inspection, item, words }) => {
    const record = recordOf(inspection);
    for (const comment of itemOf(record, String(item)).comments) {
      comment.answered = words ? { by: me(), signed: false } : null;
      comment.replies = words ? [{ words: String(words), by: me(), signed: false }] : [];
    }
    return viewOf(record);
  },
  inspection_plan: () => plan,
  finish_check: ({ id }) => ({
    missing: scene === 'clock' ? [] : missingOf(recordOf(id)),
    colleagues: [{ name: colleague.person_name, heard_at: colleague.at }],
    exchanged_at: status.last_exchange_at,
    apart: false,
    remarks: scene === 'clock' ? recordOf(id).view.remarks : [],
    unanswered: recordOf(id)
      .view.decisions.flatMap((each) => each.comments)
      .filter((each) => each.open),
    replaces: [],
    sealed_parts: recordOf(id).view.sealed_parts,
  }),
  supplement_begin: ({ id }) => {
    const record = recordOf(id);
    record.view.supplementing = 'own';
    return viewOf(record);
  },
  inspection_give_up: ({ id, reason, words }) => {
    const record = recordOf(id);
    record.summary.state = 'cancelled';
    const said = { reason: reason as GivenUpReason, words: String(words ?? ''), by: me() };
    record.view.given_up = { ...said, holds: true };
    record.view.given_up_log.push({ ...said, late: false });
    return viewOf(record);
  },
  inspection_take_up: ({ id }) => {
    const record = recordOf(id);
    record.summary.state = 'in_progress';
    record.view.given_up = null;
    record.view.given_up_log.push({ reason: null, words: '', by: me(), late: false });
    return viewOf(record);
  },
  late_discard: ({ id }) => {
    const record = recordOf(id);
    record.view.supplementing = 'may_begin';
    record.view.late = [];
    return viewOf(record);
  },
  inspection_finish: ({ id }) => {
    const record = recordOf(id);
    if (record.view.supplementing === 'own') {
      record.summary.approved_before = record.summary.started_at;
      record.view.supplementing = 'may_begin';
      record.view.late = [];
      record.view.seals.push({ by: me(), valid: true, apart: false, without: null });
      record.summary.state = 'supplemented';
      return viewOf(record);
    }
    record.summary.state = 'completed';
    record.summary.sealed_at = Date.now();
    return viewOf(record);
  },
  template: () => template,
  clashes,
  clash_settle: ({ document, key, operation: chosen }) => {
    const item = itemOf(recordOf(document), String(key).slice(2));
    const wanted = chosen as unknown as { counter: number };
    item.statements = item.statements.filter((each) => each.operation.counter === wanted.counter);
    return null;
  },
};
