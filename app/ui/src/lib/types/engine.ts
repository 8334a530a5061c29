/** What each command of the device's engine answers; what it takes is `Command`, generated from Rust. */
import type {
  AddressParts,
  Answered,
  Checked,
  Clash,
  Command,
  DeviceStatus,
  DwellingView,
  EnrolPreview,
  FacilityDraft,
  FacilitySheet,
  FacilitySummary,
  FilePiece,
  FindingSummary,
  FindingView,
  FinishCheck,
  HistoryEntry,
  InspectionPlan,
  InspectionView,
  Invited,
  NearFound,
  NearMet,
  NearStatus,
  ItemView,
  MeasureSummary,
  MeasuresView,
  MissingItem,
  NoteDraft,
  Page,
  Paper,
  PhotoView,
  Picture,
  QrText,
  QuarantinedItem,
  ReinspectionPlan,
  Remark,
  Scalar,
  Taken,
  Template,
  Today,
  Written,
} from './generated';

export type CommandName = Command['command'];

/** What a command takes, without its name. */
export type Parameters<N extends CommandName> = Omit<Extract<Command, { command: N }>, 'command'>;

/** Header fields by name, without `h/`; `null` takes a field away. */
export type Fields = Record<string, Scalar>;

/** What a command answers. */
export interface Answers extends Record<CommandName, unknown> {
  status: DeviceStatus;
  enrol_preview: EnrolPreview;
  enrol: DeviceStatus;
  unlock: DeviceStatus;
  lock: DeviceStatus;
  set_aside: DeviceStatus;
  put_back: DeviceStatus;
  take_unsent: DeviceStatus;
  qr_read: QrText;
  today: Today;
  facility_list: Page<FacilitySummary>;
  facilities_due: Page<FacilitySummary>;
  facility_sheet: FacilitySheet;
  facility_create: FacilitySheet;
  facility_edit: FacilitySheet;
  facility_draft: FacilityDraft | null;
  facility_draft_keep: null;
  facility_duplicates: FacilitySummary[];
  facility_check: Remark[];
  address_parse: AddressParts;
  inspection_plan: InspectionPlan;
  inspection_start: InspectionView;
  inspection_open: InspectionView;
  answer: Answered;
  repetition_add: Answered;
  repetition_remove: Answered;
  note_drafts: NoteDraft[];
  note_draft_drop: NoteDraft[];
  finding: Answered;
  findings: FindingSummary[];
  finding_open: FindingView;
  finding_photo: PhotoView;
  finding_step: FindingView;
  measures: MeasuresView;
  measure_list: MeasureSummary[];
  measure_note: MeasuresView;
  reinspection_plan: ReinspectionPlan;
  reinspection_set: ReinspectionPlan;
  photo_add: ItemView;
  photo_mark: ItemView;
  photo_remove: ItemView;
  photo_read: Picture;
  position_set: InspectionView;
  section_leave: null;
  inspection_missing: MissingItem[];
  finish_check: FinishCheck;
  reply: InspectionView;
  supplement_begin: InspectionView;
  inspection_give_up: InspectionView;
  inspection_take_up: InspectionView;
  late_discard: InspectionView;
  inspection_finish: InspectionView;
  attend: InspectionView;
  attend_remove: InspectionView;
  conclude: InspectionView;
  print: Paper;
  check_code: Checked;
  template: Template;
  clashes: Clash[];
  clash_settle: Clash[];
  history: HistoryEntry[];
  exchange: DeviceStatus;
  exchange_wait: DeviceStatus;
  quarantine: QuarantinedItem[];
  invite: Invited;
  declaration_decide: DwellingView;
  declaration: DwellingView | null;
  declaration_check: Remark[];
  declaration_save: DwellingView;
  declaration_submit: DwellingView;
  courier_export: Written;
  courier_read: FilePiece;
  courier_take: Taken;
  courier_take_piece: Taken;
  courier_hand_back: Written;
  near_wait: NearStatus;
  near_stop: NearStatus;
  near_status: NearStatus;
  near_find: NearFound[];
  near_meet: NearMet;
}
