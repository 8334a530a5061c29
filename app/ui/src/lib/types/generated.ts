// Generated from the Rust types by `make generated`; `make check` fails if it differs. Not edited by hand.

export type ActView = {
  /**
   * Its code.
   */
  code: string;
  /**
   * In words.
   */
  words: Words;
  /**
   * The fine on the day of the act; `None` where no source that was read names one.
   */
  fine: FineView | null;
  /**
   * What else follows.
   */
  additional: Words | null;
};

export type ActorId = string;

export type AddressParts = {
  /**
   * Số nhà: "21B".
   */
  house_number: string;
  /**
   * Hẻm: "31".
   */
  alley: string;
  /**
   * Ngách: "98".
   */
  sub_lane: string;
  /**
   * Ngõ: "43".
   */
  lane: string;
  /**
   * Phố, đường: "Trung Kính".
   */
  street: string;
  /**
   * Tổ dân phố, thôn: "12", "Triều Khúc".
   */
  residential_group: string;
  /**
   * Phường, xã.
   */
  ward: string;
  /**
   * Quận, huyện (before 2025-07-01).
   */
  district: string;
};

export type Answer =
  | { kind: 'verdict'; value: Verdict }
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'date'; value: string }
  | { kind: 'choice'; value: string }
  | { kind: 'choices'; value: Array<string> }
  | { kind: 'geo'; value: Position }
  | { kind: 'time'; value: TimeOfDay }
  | { kind: 'moment'; value: UtcMillis }
  | { kind: 'trace'; value: Array<Vertex> }
  | { kind: 'shape'; value: Array<Vertex> };

export type Answered = {
  /**
   * The item as it is now.
   */
  item: ItemView;
  /**
   * Progress by section.
   */
  groups: Array<GroupProgress>;
  /**
   * Progress of the whole.
   */
  progress: Progress;
  /**
   * What the template's rules say now; `None` if it has none.
   */
  form: FormState | null;
  /**
   * Whether nothing was written, because a colleague's newer note stands: the words wait as a draft.
   */
  kept: boolean;
};

export type AttendeeRole = 'inspector' | 'representative' | 'witness';

export type AttendeeView = {
  /**
   * Which of those who attended.
   */
  id: string;
  /**
   * The part that names them: the inspection, or a supplement.
   */
  part: DocumentId;
  /**
   * As what they attended.
   */
  role: AttendeeRole;
  /**
   * Full name; may be empty of a representative who was absent.
   */
  name: string;
  /**
   * Position; may be empty.
   */
  position: string;
  /**
   * Opinion, or why they did not sign; may be empty.
   */
  words: string;
  /**
   * Their signature.
   */
  hand: Hand | null;
  /**
   * Why there is none.
   */
  unsigned: Unsigned | null;
  /**
   * Whether the signature is on what its part says; otherwise something was changed after it was drawn.
   */
  covers: boolean;
  /**
   * Whether its part is not sealed.
   */
  open: boolean;
  /**
   * The officer who noted it, and when.
   */
  by: Attribution;
};

export type Attribution = {
  /**
   * Whose; `None` when the author's certificate is not here (yet).
   */
  person: PersonId | null;
  /**
   * That person's name, or `?`.
   */
  person_name: string;
  /**
   * On which device.
   */
  device: DeviceId | null;
  /**
   * That device's name, or `?`.
   */
  device_name: string;
  /**
   * Whether the server signed for a browser user.
   */
  held_by_server: boolean;
  /**
   * The writer's clock.
   */
  at: UtcMillis;
  /**
   * How far that clock was from the server's, in milliseconds, positive where it was ahead; absent where it agreed or
   * nothing is known.
   */
  clock_off_ms?: number;
};

export type Basis = 'law' | 'announced' | 'calendar';

export type BundleId = string;

export type Capacity = {
  /**
   * The post's role.
   */
  role: Role;
  /**
   * The post's unit, by its full name on that day.
   */
  unit_name: string;
};

export type Cargo = {
  /**
   * Its SHA-256: its name.
   */
  bundle: BundleId;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * When it was taken.
   */
  taken_at: UtcMillis;
  /**
   * When the server took it, or refused it for good; null: it is still to be delivered.
   */
  ended_at: UtcMillis | null;
  /**
   * Why the server refused it, as a code.
   */
  refused: string | null;
};

export type Checked = {
  /**
   * The record.
   */
  document: DocumentId;
  /**
   * When it was signed, by the signer's clock.
   */
  signed_at: UtcMillis;
  /**
   * Whose key signed it, as the server certified it; `None`: nobody whom this device knows.
   */
  by: Attribution | null;
  /**
   * Whether the record is on this device.
   */
  here: Here;
  /**
   * The name of its premises, where it is.
   */
  facility_name: string | null;
};

export type Checklist = {
  /**
   * Which.
   */
  template: TemplateRef;
  /**
   * Its title.
   */
  title: Words;
  /**
   * How many questions it has.
   */
  questions: number;
  /**
   * Whether it is the one for these premises. Another one is taken with a reason.
   */
  proposed: boolean;
};

export type Choice = {
  /**
   * What is stored.
   */
  code: string;
  /**
   * What is shown.
   */
  label: Words;
  /**
   * What formulas know of it besides, by column.
   */
  columns?: { [key in string]: string };
};

export type Citation = {
  /**
   * For example `L55-14`.
   */
  id: string;
  /**
   * The document.
   */
  document: string;
  /**
   * Where in it.
   */
  locator: string;
  /**
   * What it says, in short.
   */
  gist: Words;
  /**
   * First day in force.
   */
  valid_from: string | null;
  /**
   * Last day in force.
   */
  valid_to: string | null;
  /**
   * Whether the source was read.
   */
  verified: boolean;
};

export type Clash = {
  /**
   * The record.
   */
  document: DocumentId;
  /**
   * What it is.
   */
  kind: RecordKind;
  /**
   * What it is about: the premises' name.
   */
  title: string;
  /**
   * Key, for example `i/ESC-01`.
   */
  key: string;
  /**
   * Of a review: what kind of record it decides on.
   */
  subject_kind?: RecordKind;
  /**
   * The question that the key is about, where the record's template is at hand.
   */
  question: Item | null;
  /**
   * The values, the one shown first.
   */
  values: Array<Saying>;
  /**
   * Of one between signed parts of an inspection, which only another signed part settles: how far that is. `None`: a clash
   * in one record, settled by one choice.
   */
  settlement?: Settlement;
};

export type Colleague = {
  /**
   * By name.
   */
  name: string;
  /**
   * When the last of their work that is here was done, by their clock.
   */
  heard_at: UtcMillis;
};

export type Command =
  | { command: 'status' }
  | {
      command: 'enrol_preview';
      /**
       * The link's text.
       */
      link: string;
    }
  | {
      command: 'enrol';
      /**
       * The link's text.
       */
      link: string;
      /**
       * The PIN to be.
       */
      pin: string;
      /**
       * The device's name.
       */
      device_name: string;
      /**
       * The holder's name (household heads).
       */
      person_name?: string;
    }
  | {
      command: 'unlock';
      /**
       * The PIN.
       */
      pin: string;
    }
  | { command: 'lock' }
  | {
      command: 'set_aside';
      /**
       * What it costs, typed: `unsent work stays locked`, or the same in Vietnamese.
       */
      consequence: string;
    }
  | {
      command: 'put_back';
      /**
       * Its name, of `DeviceStatus.set_aside`.
       */
      name: string;
    }
  | {
      command: 'take_unsent';
      /**
       * Its name, of `DeviceStatus.set_aside`.
       */
      name: string;
      /**
       * Its PIN.
       */
      pin: string;
    }
  | {
      command: 'qr_read';
      /**
       * The picture's file.
       */
      image_base64: string;
    }
  | { command: 'today' }
  | {
      command: 'facility_list';
      /**
       * Words, in any order, with or without diacritics.
       */
      query: string;
      /**
       * Only this class.
       */
      class?: FacilityClass;
      /**
       * Nearest to this place first.
       */
      near?: Place;
      /**
       * How many to pass over.
       */
      offset?: number;
      /**
       * How many to give, at most 500.
       */
      limit?: number;
    }
  | {
      command: 'facilities_due';
      /**
       * How many to pass over.
       */
      offset?: number;
      /**
       * How many to give, at most 500.
       */
      limit?: number;
    }
  | {
      command: 'facility_sheet';
      /**
       * The premises.
       */
      id: DocumentId;
    }
  | {
      command: 'facility_create';
      /**
       * Name → value; `unit` names another unit than one's own.
       */
      fields: { [key in string]: Scalar };
      /**
       * Whether these are what the form says: then its draft goes.
       */
      draft?: boolean;
    }
  | {
      command: 'facility_edit';
      /**
       * The premises.
       */
      id: DocumentId;
      /**
       * Name → new value; null takes it away.
       */
      fields: { [key in string]: Scalar };
      /**
       * As for creating.
       */
      draft?: boolean;
    }
  | {
      command: 'facility_draft';
      /**
       * The premises; none: new ones.
       */
      facility?: DocumentId;
    }
  | {
      command: 'facility_draft_keep';
      /**
       * As above.
       */
      facility?: DocumentId;
      /**
       * What was typed; nothing: the draft is given up.
       */
      fields: { [key in string]: Scalar };
    }
  | {
      command: 'facility_duplicates';
      /**
       * As for creating.
       */
      fields: { [key in string]: Scalar };
    }
  | {
      command: 'facility_check';
      /**
       * As for creating.
       */
      fields: { [key in string]: Scalar };
    }
  | {
      command: 'address_parse';
      /**
       * An address in any order.
       */
      text: string;
    }
  | {
      command: 'inspection_start';
      /**
       * The premises.
       */
      facility: DocumentId;
      /**
       * Another template than the one of their class.
       */
      template?: TemplateRef;
      /**
       * `periodic` (default), `unscheduled` or `reinspection`.
       */
      purpose?: string;
      /**
       * Why another checklist than the proposed one is taken.
       */
      reason?: string;
    }
  | {
      command: 'inspection_plan';
      /**
       * The premises.
       */
      facility: DocumentId;
    }
  | {
      command: 'inspection_open';
      /**
       * The inspection.
       */
      id: DocumentId;
    }
  | {
      command: 'answer';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * The answer; null takes it back.
       */
      answer: Answer | null;
      /**
       * How a number was found; null: nothing is known of it. Left out, what stands beside the same number stays.
       */
      measured?: Measured | null;
      /**
       * The note.
       */
      note: string;
      /**
       * The note that this one was begun on. Where a colleague's newer one stands by now, nothing is written, and the note is
       * kept as a draft (`Answered.kept`).
       */
      over?: string;
    }
  | {
      command: 'repetition_add';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * Where: a repeat, in a repetition of another one with its name (`storey`, `room.k3f9a2`).
       */
      place: string;
    }
  | {
      command: 'repetition_remove';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * Which: `storey.k3f9a2`.
       */
      repetition: string;
    }
  | {
      command: 'note_drafts';
      /**
       * The inspection.
       */
      inspection: DocumentId;
    }
  | {
      command: 'note_draft_drop';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
    }
  | {
      command: 'finding';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * How grave.
       */
      severity: Severity;
      /**
       * What must be done.
       */
      remedy: string;
      /**
       * Last day to have it done.
       */
      deadline: string | null;
    }
  | {
      command: 'reply';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code; `_` = the whole record.
       */
      item: string;
      /**
       * The words; none takes the reply back.
       */
      words: string;
    }
  | {
      command: 'findings';
      /**
       * The premises.
       */
      facility?: DocumentId;
      /**
       * Only those whose deadline has passed.
       */
      overdue?: boolean;
    }
  | {
      command: 'finding_open';
      /**
       * The inspection that found it.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
    }
  | {
      command: 'finding_photo';
      /**
       * The inspection that found it.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * The file's name, for messages only.
       */
      file_name?: string;
      /**
       * The file.
       */
      data_base64: string;
    }
  | {
      command: 'finding_step';
      /**
       * The inspection that found it.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * What is noted.
       */
      note: StepNote;
    }
  | {
      command: 'measures';
      /**
       * The premises.
       */
      facility: DocumentId;
    }
  | { command: 'measure_list' }
  | {
      command: 'measure_note';
      /**
       * The premises.
       */
      facility: DocumentId;
      /**
       * Which measure.
       */
      measure?: string;
      /**
       * What is noted.
       */
      note: MeasureNote;
    }
  | {
      command: 'reinspection_plan';
      /**
       * The premises.
       */
      facility: DocumentId;
    }
  | {
      command: 'reinspection_set';
      /**
       * The premises.
       */
      facility: DocumentId;
      /**
       * The day.
       */
      on: string | null;
    }
  | {
      command: 'photo_add';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * The file's name, for messages only.
       */
      file_name: string;
      /**
       * The file.
       */
      data_base64: string;
      /**
       * Whether the camera took it just now: else its stamp tells no time and place but the file's own.
       */
      from_camera?: boolean;
    }
  | {
      command: 'photo_mark';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * The photo.
       */
      hash: PhotoHash;
      /**
       * All of them.
       */
      marks: Array<Mark>;
    }
  | {
      command: 'photo_remove';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The item's code.
       */
      item: string;
      /**
       * The photo.
       */
      hash: PhotoHash;
    }
  | {
      command: 'photo_read';
      /**
       * The photo.
       */
      hash: PhotoHash;
      /**
       * Which picture.
       */
      size: PhotoSize;
    }
  | {
      command: 'position_set';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * Where it is made.
       */
      position: Position;
    }
  | {
      command: 'section_leave';
      /**
       * The inspection.
       */
      inspection: DocumentId;
    }
  | {
      command: 'attend';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * Which of those who attended; none: another one.
       */
      attendee?: string;
      /**
       * As what.
       */
      role: AttendeeRole;
      /**
       * Full name.
       */
      name: string;
      /**
       * Position.
       */
      position: string;
      /**
       * Opinion, or why they do not sign.
       */
      words: string;
      /**
       * What they drew.
       */
      drawn?: Drawn;
      /**
       * Why they do not sign.
       */
      unsigned?: Unsigned;
    }
  | {
      command: 'attend_remove';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * Which of those who attended.
       */
      attendee: string;
    }
  | {
      command: 'conclude';
      /**
       * The inspection.
       */
      inspection: DocumentId;
      /**
       * The conclusion; null takes it back.
       */
      conclusion: Conclusion | null;
      /**
       * The same in words.
       */
      words: string;
    }
  | {
      command: 'inspection_missing';
      /**
       * The inspection.
       */
      id: DocumentId;
    }
  | {
      command: 'finish_check';
      /**
       * The inspection.
       */
      id: DocumentId;
    }
  | {
      command: 'supplement_begin';
      /**
       * The inspection.
       */
      id: DocumentId;
    }
  | {
      command: 'inspection_give_up';
      /**
       * The inspection.
       */
      id: DocumentId;
      /**
       * Why.
       */
      reason: GivenUpReason;
      /**
       * The same in words; needed where the reason is `other`.
       */
      words: string;
    }
  | {
      command: 'inspection_take_up';
      /**
       * The inspection.
       */
      id: DocumentId;
    }
  | {
      command: 'late_discard';
      /**
       * The inspection.
       */
      id: DocumentId;
    }
  | {
      command: 'inspection_finish';
      /**
       * The inspection.
       */
      id: DocumentId;
      /**
       * The sealed parts that the signer was shown (`FinishCheck.sealed_parts`); where another came meanwhile, `conflict`.
       */
      seen?: Array<DocumentId>;
      /**
       * How many changes of others the signer was shown the record with (`FinishCheck.heard`); where that changed, `conflict`.
       */
      heard?: number;
    }
  | {
      command: 'print';
      /**
       * The inspection.
       */
      id: DocumentId;
      /**
       * Where to; an existing file is not overwritten.
       */
      file?: string;
      /**
       * Or in which folder, under a name of its own; without either its bytes are the answer.
       */
      folder?: string;
    }
  | {
      command: 'check_code';
      /**
       * The code, alone or in its address.
       */
      code: string;
    }
  | {
      command: 'template';
      /**
       * Its name.
       */
      code: string;
      /**
       * Its version.
       */
      version: string;
    }
  | { command: 'clashes' }
  | {
      command: 'clash_settle';
      /**
       * The record.
       */
      document: DocumentId;
      /**
       * The key.
       */
      key: string;
      /**
       * The value that is to stand.
       */
      operation: OperationId;
    }
  | {
      command: 'history';
      /**
       * The record.
       */
      document: DocumentId;
      /**
       * The key, for example `i/ESC-01`.
       */
      key: string;
    }
  | { command: 'exchange' }
  | { command: 'exchange_wait' }
  | { command: 'quarantine' }
  | {
      command: 'invite';
      /**
       * The premises.
       */
      facility: DocumentId;
    }
  | {
      command: 'declaration_decide';
      /**
       * The home.
       */
      dwelling: DocumentId;
      /**
       * Confirmed, or to be corrected.
       */
      decision: Decision;
      /**
       * Words to the head.
       */
      words: string;
    }
  | { command: 'declaration' }
  | {
      command: 'declaration_check';
      /**
       * As it stands in the form.
       */
      declaration: Declaration;
    }
  | {
      command: 'declaration_save';
      /**
       * All of it, as it stands.
       */
      declaration: Declaration;
    }
  | { command: 'declaration_submit' }
  | {
      command: 'courier_export';
      /**
       * Where to; it must end in `.ancu`, and an existing file is not overwritten.
       */
      file?: string;
      /**
       * Or in which folder, under a name of its own; without either, in the engine's own, for `courier_read`.
       */
      folder?: string;
    }
  | {
      command: 'courier_read';
      /**
       * Its name.
       */
      file: string;
      /**
       * From where on.
       */
      offset: number;
    }
  | {
      command: 'courier_take';
      /**
       * Where it is.
       */
      file: string;
    }
  | {
      command: 'courier_take_piece';
      /**
       * Where the piece begins; 0 begins another file.
       */
      offset: number;
      /**
       * The piece, at most 4 MiB.
       */
      data_base64: string;
      /**
       * Whether it is the last one.
       */
      last: boolean;
    }
  | { command: 'near_wait' }
  | { command: 'near_stop' }
  | { command: 'near_status' }
  | { command: 'near_find' }
  | {
      command: 'near_meet';
      /**
       * The colleague's code, or the address under which they were found.
       */
      whom: string;
    }
  | {
      command: 'courier_hand_back';
      /**
       * That file.
       */
      bundle: BundleId;
      /**
       * As for `courier_export`.
       */
      file?: string;
      /**
       * As for `courier_export`.
       */
      folder?: string;
    };

export type CommentView = {
  /**
   * The question's code; `_` = the whole record.
   */
  item: string;
  /**
   * The words.
   */
  words: string;
  /**
   * Who and when.
   */
  by: Attribution;
  /**
   * Whether they wait for a signed answer.
   */
  open: boolean;
  /**
   * What was said to them since: what was signed first, otherwise what is being written.
   */
  answered: WordsAnswer | null;
  /**
   * Officers' replies in words, oldest first.
   */
  replies: Array<ReplyView>;
};

export type Comparison = 'at_least' | 'at_most';

export type Conclusion =
  'safe' | 'safe_with_minor' | 'unsafe_remediable' | 'unsafe_serious' | 'not_operating' | 'no_access';

export type ConclusionView = {
  /**
   * The conclusion.
   */
  conclusion: Conclusion;
  /**
   * The same in words; may be empty.
   */
  words: string;
  /**
   * Who said so, and when.
   */
  by: Attribution;
  /**
   * Whether it stands in a supplement that is not sealed.
   */
  unsigned: boolean;
};

export type Container = {
  /**
   * Its name; no question and no other group has it.
   */
  code: string;
  /**
   * The group that it stands in.
   */
  within?: string;
  /**
   * Its heading; empty if it has none.
   */
  title?: Words;
  /**
   * Whether it is asked at all: a formula.
   */
  relevant?: string;
  /**
   * That it is there several times.
   */
  repeat?: Repeat;
};

export type Counts = {
  /**
   * All premises.
   */
  facilities: number;
  /**
   * Premises with a finished inspection.
   */
  inspected: number;
  /**
   * Findings whose deadline has passed or comes within a week.
   */
  findings: number;
  /**
   * Those of them whose deadline has passed.
   */
  overdue: number;
  /**
   * Premises without an open inspection.
   */
  due: number;
};

export type CourierStatus = {
  /**
   * Whether there is a key to make such files with: the server hands it out with the first exchange.
   */
  ready: boolean;
  /**
   * What of the unsent is in such a file. It has no receipt.
   */
  exported: ExportedUnsent | null;
  /**
   * Files of colleagues that are, or were, carried here, newest first.
   */
  cargo: Array<Cargo>;
};

export type Dated = {
  /**
   * The document.
   */
  document: string;
  /**
   * First day in force.
   */
  valid_from: string;
  /**
   * Last day in force; `None` while it is.
   */
  valid_to: string | null;
  /**
   * Whether the source was read.
   */
  verified: boolean;
};

export type DayOff = {
  /**
   * The day.
   */
  date: string;
  /**
   * Which holiday.
   */
  name: Words;
  /**
   * What it rests on.
   */
  basis: Basis;
  /**
   * Whether it makes up for a holiday on a weekly day of rest.
   */
  substitute: boolean;
};

export type Decision = 'approved' | 'returned';

export type DecisionView = {
  /**
   * What was decided.
   */
  decision: Decision;
  /**
   * The reviewer's words on the whole.
   */
  words: string;
  /**
   * Who and when.
   */
  by: Attribution;
  /**
   * In which capacity, where that was said.
   */
  capacity: Capacity | null;
  /**
   * The words at questions that came with it, and what was said to each.
   */
  comments: Array<CommentView>;
  /**
   * Officers' replies to the words on the whole.
   */
  replies: Array<ReplyView>;
};

export type Declaration = {
  /**
   * Address as the head writes it.
   */
  address: string;
  /**
   * Apartment or room, empty for a whole house.
   */
  apartment_code: string;
  /**
   * The head's name.
   */
  head_name: string;
  /**
   * The head's telephone.
   */
  head_phone: string;
  /**
   * Code of the template house type.
   */
  house_template: string | null;
  /**
   * Storeys above ground.
   */
  storeys: number | null;
  /**
   * Apartments in the house.
   */
  apartments: number | null;
  /**
   * Ways out, in words.
   */
  exits: string;
  /**
   * People who live here.
   */
  residents: number | null;
  /**
   * Of these over 60.
   */
  elderly: number | null;
  /**
   * Of these under 6.
   */
  children_under_6: number | null;
  /**
   * Of these unable to get out alone.
   */
  need_help: number | null;
  /**
   * Which floor, what help.
   */
  help_note: string;
};

export type DeclarationState = 'draft' | 'submitted' | 'needs_fix' | 'verified';

export type Departed = {
  /**
   * The premises.
   */
  document: DocumentId;
  /**
   * What they were called here.
   */
  name: string;
  /**
   * The full name of the unit that has them.
   */
  unit_name: string;
  /**
   * When this device heard of it.
   */
  at: UtcMillis;
};

export type DeviceId = string;

export type DeviceStatus = {
  /**
   * Where it stands.
   */
  phase: Phase;
  /**
   * Who works on it.
   */
  person_name: string | null;
  /**
   * In which role.
   */
  role: Role | null;
  /**
   * In which unit.
   */
  unit_name: string | null;
  /**
   * Units whose premises and visits its holder may write today; none without such a post. Not known while locked.
   */
  writes_in: Array<UnitId>;
  /**
   * The first day of the next post, where none is held today.
   */
  begins: string | null;
  /**
   * The first day on which the last post was held no more, where none is held today and none is to begin.
   */
  ended: string | null;
  /**
   * The device's name.
   */
  device_name: string | null;
  /**
   * The server.
   */
  server: string | null;
  /**
   * Version of this program.
   */
  app_version: string;
  /**
   * Tries left.
   */
  pin_attempts_left: number | null;
  /**
   * Whether a household head works on it.
   */
  citizen: boolean;
  /**
   * For a household head: the premises.
   */
  home: HomeStatus | null;
  /**
   * What has no receipt; nothing is known of it while locked ([`Self::unsent_known`]).
   */
  unsent: Unsent;
  /**
   * Whether [`Self::unsent`] was counted. While locked it was not: its zeros say nothing.
   */
  unsent_known: boolean;
  /**
   * When the oldest of it was made.
   */
  oldest_unsent: UtcMillis | null;
  /**
   * When the last exchange ended well.
   */
  last_exchange_at: UtcMillis | null;
  /**
   * The exchange.
   */
  exchange: ExchangeStatus;
  /**
   * Until all that the server has for this device was here once; then null. Lists are not whole before.
   */
  loading: Loading | null;
  /**
   * Whether everything made here is admitted at the server. Not known while locked: `false`; and neither where a store was
   * set aside that may hold what is nowhere else ([`SetAside::safe_to_wipe`]).
   */
  safe_to_wipe: boolean;
  /**
   * Own notes that wait for a choice at a question where a colleague's newer one stands: they are on this device only. Not
   * known while locked.
   */
  note_drafts: Array<NoteDraftPlace>;
  /**
   * Forms of premises that are being written and are in no record yet, the latest first. Not known while locked.
   */
  facility_drafts: Array<FacilityDraftPlace>;
  /**
   * Stores that were set aside because their PIN was forgotten, the latest first.
   */
  set_aside: Array<SetAside>;
  /**
   * What the store said of its unsent work when it was open last: all that is known of it while locked.
   */
  last_known: LastKnown | null;
  /**
   * How much room there is for what is entered.
   */
  room: Room;
  /**
   * Free bytes where the data are.
   */
  free_bytes: number | null;
  /**
   * Another number than before: something was written meanwhile, by whatever window. Null while locked.
   */
  revision: number | null;
  /**
   * What was saved out of a damaged store, where this device was enrolled anew because of one.
   */
  salvaged: Salvaged | null;
  /**
   * The server's clock minus this device's, in milliseconds, at the last exchange.
   */
  clock_offset_ms: number | null;
  /**
   * How far this device's clock was set back since that exchange, at least, in milliseconds; null where it was not.
   */
  clock_set_back_ms: number | null;
  /**
   * Premises that another unit looks after since lately, the latest first. Not known while locked.
   */
  departed: Array<Departed>;
  /**
   * Envelopes of colleagues that the server does not have yet, as far as is known here. Not known while locked.
   */
  of_colleagues: number;
  /**
   * Sending by file. Not known while locked.
   */
  courier: CourierStatus;
};

export type DocumentId = string;

export type Drawn = {
  /**
   * Each stroke as x, y, x, y, …: units of a box 900 wide and 450 high, from its upper left.
   */
  strokes: Array<Array<number>>;
  /**
   * When each stroke began, in milliseconds after the first.
   */
  times: Array<number>;
};

export type DwellingView = {
  /**
   * The dwelling record.
   */
  id: DocumentId;
  /**
   * The people's record, if the reader may see it.
   */
  residents: DocumentId | null;
  /**
   * The premises it is in.
   */
  facility: DocumentId;
  /**
   * Where it stands.
   */
  state: DeclarationState;
  /**
   * What was declared.
   */
  declaration: Declaration;
  /**
   * The decision by which it is confirmed, or is to be corrected.
   */
  decided: DecisionView | null;
  /**
   * Where officers decided apart on what it says, and differently: all their decisions, until somebody chooses one. The
   * one that asks for more counts.
   */
  apart: Array<DecisionView>;
  /**
   * What is odd about its numbers, by themselves and beside the premises' record where the reader has that.
   */
  remarks: Array<Remark>;
  /**
   * Who declared it, and when it last changed.
   */
  by: Attribution;
  /**
   * Device only: whether something of it was not yet receipted.
   */
  unsent: boolean;
  /**
   * Only its head: what is shown here was not submitted as it is. It stays on the device until it is.
   */
  being_written: boolean;
};

export type EnrolPreview = {
  /**
   * The server's address.
   */
  server: string;
  /**
   * First and last bytes of the certificate's fingerprint, for comparing by eye.
   */
  fingerprint: string;
  /**
   * Whether it enrols a household head.
   */
  citizen: boolean;
  /**
   * For a household head who is invited, and says a name: the premises. Who comes back by a code has both.
   */
  place: string | null;
};

export type EnvelopeId = string;

export type ErrorCode =
  | 'link_invalid'
  | 'code_unknown'
  | 'code_used'
  | 'code_foreign'
  | 'code_expired'
  | 'certificate_foreign'
  | 'already_enrolled'
  | 'not_enrolled'
  | 'pin_invalid'
  | 'pin_wrong'
  | 'pin_locked'
  | 'device_unknown'
  | 'locked'
  | 'device_revoked'
  | 'login_failed'
  | 'login_required'
  | 'too_many_requests'
  | 'forbidden'
  | 'origin_foreign'
  | 'field_invalid'
  | 'request_malformed'
  | 'media_type_wrong'
  | 'too_large'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'username_taken'
  | 'last_administrator'
  | 'record_sealed'
  | 'record_open'
  | 'visit_given_up'
  | 'notes_waiting'
  | 'clash_unsettled'
  | 'record_incomplete'
  | 'template_unknown'
  | 'answer_invalid'
  | 'item_unknown'
  | 'record_unreadable'
  | 'photo_unreadable'
  | 'photo_too_large'
  | 'photo_hash_mismatch'
  | 'checksum_mismatch'
  | 'server_unreachable'
  | 'answer_missing'
  | 'answer_foreign'
  | 'envelope_invalid'
  | 'signature_invalid'
  | 'change_invalid'
  | 'author_unknown'
  | 'write_forbidden'
  | 'declaration_unsubmitted'
  | 'record_mismatch'
  | 'record_newer'
  | 'home_second'
  | 'release_impossible'
  | 'quarantine_full'
  | 'cursor_invalid'
  | 'offset_conflict'
  | 'near_unreachable'
  | 'near_foreign'
  | 'near_pass_missing'
  | 'near_pass_expired'
  | 'near_nothing_shared'
  | 'near_newer'
  | 'near_unreadable'
  | 'near_link_unreadable'
  | 'courier_unknown'
  | 'courier_newer'
  | 'courier_foreign'
  | 'courier_damaged'
  | 'courier_empty'
  | 'courier_key_missing'
  | 'courier_receipt_foreign'
  | 'courier_receipt_stale'
  | 'courier_own'
  | 'courier_undelivered'
  | 'file_unusable'
  | 'disk_full'
  | 'server_disk_full'
  | 'server_clock_behind'
  | 'store_damaged'
  | 'server_store_damaged'
  | 'store_newer'
  | 'store_busy'
  | 'configuration_invalid'
  | 'address_taken'
  | 'store_missing'
  | 'file_invalid'
  | 'faults_found'
  | 'internal'
  | 'unavailable';

export type ErrorCodeText = ErrorCode | string;

export type ExchangeStatus = {
  /**
   * Whether one is going on.
   */
  running: boolean;
  /**
   * In which step.
   */
  step: Step | null;
  /**
   * How the last one failed; what did not go in the last one.
   */
  problem: Problem | null;
  /**
   * When the next one begins by itself.
   */
  next_try_at: UtcMillis | null;
  /**
   * Items done in this step.
   */
  done: number;
  /**
   * Items in this step; 0 = not known.
   */
  total: number;
  /**
   * Bytes done in this step.
   */
  bytes_done: number;
  /**
   * Bytes in this step; 0 = not known.
   */
  bytes_total: number;
};

export type ExportedUnsent = {
  /**
   * When last.
   */
  at: UtcMillis;
  /**
   * Envelopes that are in such a file and have no receipt.
   */
  envelopes: number;
  /**
   * Photos likewise.
   */
  photos: number;
};

export type FacilityClass =
  'mini_apartment' | 'boarding_house' | 'house_with_business' | 'detached_house' | 'collective_housing' | 'other';

export type FacilityDraft = {
  /**
   * What was typed, as for creating or editing; null where a field was emptied.
   */
  fields: { [key in string]: Scalar };
  /**
   * When it was kept, by the device's clock.
   */
  at: UtcMillis;
};

export type FacilityDraftPlace = {
  /**
   * The premises; null: new ones.
   */
  facility: DocumentId | null;
  /**
   * What they are called, in the form or else in the record; empty where nobody named them yet.
   */
  name: string;
  /**
   * When it was kept, by the device's clock.
   */
  at: UtcMillis;
};

export type FacilitySheet = {
  /**
   * As in a list.
   */
  summary: FacilitySummary;
  /**
   * The address in parts.
   */
  address_parts: AddressParts;
  /**
   * Every header field with its authors.
   */
  fields: Array<FieldView>;
  /**
   * Inspections, newest first.
   */
  inspections: Array<InspectionSummary>;
  /**
   * Homes declared here.
   */
  dwellings: Array<DwellingView>;
  /**
   * Items that differ from the inspection before: what changed since the last visit.
   */
  changes_since_last: Array<ItemChange>;
  /**
   * How high the risk is, with its reasons; absent where the findings are not at hand.
   */
  risk: RiskView | null;
};

export type FacilitySummary = {
  /**
   * The record.
   */
  id: DocumentId;
  /**
   * Name.
   */
  name: string;
  /**
   * What it is.
   */
  class: FacilityClass;
  /**
   * Address as written.
   */
  address: string;
  /**
   * The unit.
   */
  unit: UnitId;
  /**
   * The unit's full name.
   */
  unit_name: string;
  /**
   * Degrees north.
   */
  latitude: number | null;
  /**
   * Degrees east.
   */
  longitude: number | null;
  /**
   * Storeys above ground.
   */
  storeys: number | null;
  /**
   * Metres from where was asked; `None` without a place.
   */
  distance_m: number | null;
  /**
   * When the last sealed inspection was begun; where its device's clock is known to have been off, by the server's clock as
   * far as that is known.
   */
  last_inspected_at: UtcMillis | null;
  /**
   * Failed checks of the last sealed inspection.
   */
  failed_checks: number | null;
  /**
   * The inspection being made.
   */
  open_inspection: DocumentId | null;
  /**
   * Declarations that nobody confirmed yet.
   */
  declarations_waiting: number;
  /**
   * What stops their operation, the gravest first; filled in when the list is asked for, because terms end with the day.
   */
  stops: Array<StopBrief>;
  /**
   * Device only: whether something of it was not yet receipted.
   */
  unsent: boolean;
};

export type Fact = 'storeys' | 'floor_area_m2' | 'volume_m3' | 'business_area_m2';

export type Fate = 'standing' | 'replaced' | 'chosen' | 'passed_over';

export type FieldValue = {
  /**
   * Which put.
   */
  operation: OperationId;
  /**
   * What was put.
   */
  value: Scalar;
  /**
   * Who, where, when.
   */
  by: Attribution;
};

export type FieldView = {
  /**
   * Key, for example `h/name`.
   */
  key: string;
  /**
   * Live values, the one shown first.
   */
  values: Array<FieldValue>;
};

export type FilePiece = {
  /**
   * Its bytes.
   */
  data_base64: string;
  /**
   * The whole file's size.
   */
  total: number;
};

export type FindingDetail = {
  /**
   * How grave.
   */
  severity: Severity;
  /**
   * What must be done, NFC.
   */
  remedy: string;
  /**
   * Last day to have it done, in Hà Nội.
   */
  deadline: string | null;
  /**
   * When it was written.
   */
  at: UtcMillis;
  /**
   * By whom.
   */
  by: PersonId;
  /**
   * Whose it was, where it was chosen to settle a clash.
   */
  o?: Origin;
};

export type FindingEventView = {
  /**
   * Which one.
   */
  id: string;
  /**
   * What happened.
   */
  step: FindingStep;
  /**
   * The words.
   */
  words: string;
  /**
   * Who of the premises said it.
   */
  name: string;
  /**
   * By which day they promised.
   */
  until: string | null;
  /**
   * How an officer saw it.
   */
  seen: Seen | null;
  /**
   * At which later inspection.
   */
  visit: DocumentId | null;
  /**
   * What was proposed.
   */
  means: Means | null;
  /**
   * Evidence.
   */
  photos: Array<PhotoView>;
  /**
   * Whether it was noted without knowing of another step that says something else, and nobody settled that yet.
   */
  apart: boolean;
  /**
   * Who noted it, on which device, when.
   */
  by: Attribution;
};

export type FindingSaid = {
  /**
   * Who, where, when.
   */
  by: Attribution;
  /**
   * Who chose it to settle a clash, and when.
   */
  chosen_by: Attribution | null;
  /**
   * Whether it stands in a supplement that is not signed.
   */
  unsigned: boolean;
  /**
   * Whether something else is written of the same check, and nobody chose yet.
   */
  clashes: boolean;
};

export type FindingState =
  'open' | 'escalated' | 'reported_done' | 'in_remediation' | 'commitment_signed' | 'verified_done';

export type FindingStep = 'committed' | 'started' | 'reported' | 'verified' | 'rejected' | 'escalated';

export type FindingSummary = {
  /**
   * The inspection that found it (the original, not a supplement).
   */
  inspection: DocumentId;
  /**
   * Item code of its template.
   */
  item: string;
  /**
   * The question; `None` where the template isn't here.
   */
  question: Words | null;
  /**
   * What laws and standards are cited, as the template names them.
   */
  citations: Array<string>;
  /**
   * The premises.
   */
  facility: DocumentId;
  /**
   * Their name.
   */
  facility_name: string;
  /**
   * Their address.
   */
  facility_address: string;
  /**
   * The unit.
   */
  unit: UnitId;
  /**
   * The unit's full name.
   */
  unit_name: string;
  /**
   * How grave.
   */
  severity: Severity;
  /**
   * What must be done.
   */
  remedy: string;
  /**
   * The same in both languages, where it is the template's own words, unchanged. The record keeps what was signed.
   */
  remedy_words?: Words;
  /**
   * When the inspection was made; where its device's clock is known to have been off, by the server's clock as far as that is
   * known.
   */
  found_at: UtcMillis;
  /**
   * Who wrote it, by name.
   */
  officer: string;
  /**
   * The last day: the officer's; without one, the day that was promised.
   */
  deadline: string | null;
  /**
   * The officer's day as it is written, where it counts as another one: the clock that gave it was far off.
   */
  deadline_written?: string;
  /**
   * By which day the premises promised to have it done; of promises that were made apart the earlier day.
   */
  promised: string | null;
  /**
   * The promises that stand, the earliest day first; more than one where they were noted apart, until somebody who knew
   * all of them notes another.
   */
  promises: Array<PromiseView>;
  /**
   * Where it stands.
   */
  state: FindingState;
  /**
   * Whether steps that were noted apart say different things, be it the day that was promised.
   */
  apart: boolean;
  /**
   * What was proposed last when the deadline had passed.
   */
  means: Means | null;
  /**
   * Steps that were noted.
   */
  steps: number;
  /**
   * Whether a later inspection of the same premises found the same: that one is followed.
   */
  superseded: boolean;
  /**
   * Days from the asker's day to the deadline, negative once it has passed; `None` without a deadline, or once it is remedied.
   */
  days_left: number | null;
  /**
   * Whether the deadline has passed and it is not remedied.
   */
  overdue: boolean;
  /**
   * Device only: whether something of it was not yet receipted.
   */
  unsent: boolean;
};

export type FindingView = {
  /**
   * As in a list.
   */
  summary: FindingSummary;
  /**
   * The officer's note at the question.
   */
  note: string;
  /**
   * Who wrote it.
   */
  by: Attribution;
  /**
   * Photos of the inspection at the question.
   */
  photos: Array<PhotoView>;
  /**
   * What followed, oldest first.
   */
  events: Array<FindingEventView>;
  /**
   * The steps that may be noted now.
   */
  allowed: Array<FindingStep>;
  /**
   * What other inspections of the premises said at the same question, newest first.
   */
  visits: Array<ItemVisit>;
  /**
   * What is odd about days that were promised; a field is the step's key.
   */
  remarks: Array<Remark>;
};

export type FineView = {
  /**
   * Under which document.
   */
  document: string;
  /**
   * Article and clause, where they were read.
   */
  article: string;
  /**
   * Of an individual or household, in VND.
   */
  least: number;
  /**
   * The same.
   */
  most: number;
  /**
   * Of an organisation, in VND.
   */
  organisation_least: number;
  /**
   * The same.
   */
  organisation_most: number;
  /**
   * Where it is for a part of the act only.
   */
  only: Words | null;
  /**
   * Whether the document's dates are confirmed.
   */
  verified: boolean;
};

export type FinishCheck = {
  /**
   * What keeps the record from being finished.
   */
  missing: Array<MissingItem>;
  /**
   * Who else works in this record, as far as is known here: more of theirs may be on its way.
   */
  colleagues: Array<Colleague>;
  /**
   * When this device last exchanged.
   */
  exchanged_at: UtcMillis | null;
  /**
   * Whether it has not exchanged since the inspection was begun: then nobody else can be known.
   */
  apart: boolean;
  /**
   * What is odd about deadlines and places, as of now.
   */
  remarks: Array<Remark>;
  /**
   * A reviewer's words to which nothing is said yet: while they have no answer, the record stays returned.
   */
  unanswered: Array<CommentView>;
  /**
   * What colleagues signed in supplements and this one replaces once it is signed.
   */
  replaces: Array<Replaced>;
  /**
   * The sealed parts that are here: who signs having read this names them.
   */
  sealed_parts: Array<DocumentId>;
  /**
   * How many changes of others are in what is signed: who signs having read this says so.
   */
  heard: number;
  /**
   * What the checks lead to; the officer decides.
   */
  proposed: Conclusion;
};

export type Form = {
  /**
   * Its code; `None` where no source confirmed it. Means nothing without its decree.
   */
  code: string | null;
  /**
   * The decree and annex that it stands in.
   */
  decree: Words;
  /**
   * Its title.
   */
  title: Words;
  /**
   * Whether the source was read.
   */
  verified: boolean;
};

export type FormState = {
  /**
   * Codes of questions that are not asked.
   */
  hidden: Array<string>;
  /**
   * Codes of questions that must be answered because of other answers.
   */
  required: Array<string>;
  /**
   * Codes of questions whose answer does not satisfy its rule.
   */
  invalid: Array<string>;
  /**
   * Calculated answers by code, as text.
   */
  values: { [key in string]: string };
  /**
   * Codes of questions whose answer can no longer be changed.
   */
  read_only?: Array<string>;
  /**
   * By question that does not always offer all its options: those that it offers, in the template's order.
   */
  offered?: { [key in string]: Array<string> };
  /**
   * By question: its texts with the answers that they quote.
   */
  texts?: { [key in string]: Texts };
  /**
   * By question whose first offered answer follows from others: that answer. Nobody has given it.
   */
  suggestions?: { [key in string]: Answer };
  /**
   * By section or group: its heading with the answers that it quotes.
   */
  headings?: { [key in string]: Words };
  /**
   * By repeat, in a repetition of another one with its name (`storey`, `room.k3f9a2`): the names of those that are there.
   */
  repetitions?: { [key in string]: Array<string> };
  /**
   * Whether the rules could not be evaluated: then everything is asked.
   */
  broken: boolean;
};

export type GivenUpEvent = {
  /**
   * Why; `None`: it was taken up again.
   */
  reason: GivenUpReason | null;
  /**
   * The same in words; may be empty.
   */
  words: string;
  /**
   * Who, and when.
   */
  by: Attribution;
  /**
   * Whether it came after the record was sealed: the seal stands against it.
   */
  late: boolean;
};

export type GivenUpReason = 'by_mistake' | 'another_visit' | 'no_entry' | 'other';

export type GivenUpView = {
  /**
   * Why.
   */
  reason: GivenUpReason;
  /**
   * The same in words; may be empty.
   */
  words: string;
  /**
   * Who gave it up, and when.
   */
  by: Attribution;
  /**
   * Whether it holds: not where a colleague's work came that whoever gave it up had not read.
   */
  holds: boolean;
};

export type Ground = 'direct_risk' | 'not_remedied' | 'especially_grave';

export type GroundView = {
  /**
   * Which.
   */
  ground: Ground;
  /**
   * In the law's words.
   */
  words: Words;
};

export type Group = {
  /**
   * For example `ESC`.
   */
  code: string;
  /**
   * Its heading.
   */
  title: Words;
  /**
   * Whether it is asked at all: a formula over `${item}`s.
   */
  relevant?: string;
  /**
   * The group of [`Template::outline`] that its questions stand in.
   */
  within?: string;
  /**
   * Questions, in order: checks and survey items.
   */
  items: Array<Item>;
};

export type GroupProgress = {
  /**
   * Group code of the template.
   */
  code: string;
  /**
   * Its progress.
   */
  progress: Progress;
};

export type Hand = {
  /**
   * Each stroke as x, y, x, y, …: units of a box [`BOX_WIDTH`] wide and [`BOX_HEIGHT`] high, from its upper left.
   */
  strokes: Array<Array<number>>;
  /**
   * When each stroke began, in milliseconds after the first.
   */
  times: Array<number>;
  /**
   * SHA-256, hexadecimal, of what was shown when it was drawn ([`Attendee::hash_on`]).
   */
  on: string;
};

export type Here = 'no' | 'signed' | 'otherwise';

export type HistoryEntry = {
  /**
   * What became of it.
   */
  fate: Fate;
  /**
   * Whether it stands in a supplement.
   */
  supplement: boolean;
  /**
   * Which put.
   */
  operation: OperationId;
  /**
   * What was put.
   */
  value: Scalar;
  /**
   * The answer, where the key is an item's; `None` = taken back.
   */
  answer: Answer | null;
  /**
   * Its note.
   */
  note: string;
  /**
   * How a number came about, if that was said.
   */
  measured?: Measured;
  /**
   * What follows from a failed check, where the key is that.
   */
  finding: FindingDetail | null;
  /**
   * The photo, where the key is one; it may be one that was taken away.
   */
  photo: PhotoDetail | null;
  /**
   * What was decided, where the key is a review's decision; its words are the note.
   */
  decision?: Decision;
  /**
   * Who said it, where, when.
   */
  by: Attribution;
  /**
   * Who chose it to settle a clash, and when.
   */
  chosen_by: Attribution | null;
  /**
   * Of a clash between parts of an inspection: whether no signature covers it, because it was let into the record after it
   * was sealed, or stands in a supplement that is not signed.
   */
  unsigned?: boolean;
};

export type HomeStatus = {
  /**
   * The premises' record.
   */
  facility: DocumentId;
  /**
   * Name and address.
   */
  place: string;
  /**
   * Whether a declaration was begun here: where none was, none was sent.
   */
  declared: boolean;
};

export type Input =
  | { type: 'verdict' }
  | {
      type: 'number';
      /**
       * For people: "m", "kg", "lối".
       */
      unit: Words;
      /**
       * Smallest sane value.
       */
      min: number | null;
      /**
       * Greatest sane value.
       */
      max: number | null;
      /**
       * Whether fractions make no sense.
       */
      whole: boolean;
      /**
       * How far apart the values of a scale are, counted from `min`; `None`: any number between the limits.
       */
      step?: number;
      /**
       * Below or above which the item counts as failed, where a source gives one.
       */
      threshold: Threshold | null;
    }
  | {
      type: 'choice';
      /**
       * The options, in order.
       */
      options: Array<Choice>;
      /**
       * Codes of those that are shortcomings.
       */
      failing?: Array<string>;
    }
  | {
      type: 'choices';
      /**
       * The options, in order.
       */
      options: Array<Choice>;
    }
  | {
      type: 'rank';
      /**
       * The options, in the order in which they are offered.
       */
      options: Array<Choice>;
    }
  | { type: 'photo' }
  | { type: 'note' }
  | { type: 'calculated' }
  | { type: 'text' }
  | { type: 'date' }
  | { type: 'time' }
  | { type: 'moment' }
  | {
      type: 'geo';
      /**
       * Worse accuracy needs a reason (the note).
       */
      max_accuracy_m: number;
    }
  | { type: 'trace' }
  | { type: 'shape' };

export type InspectionPlan = {
  /**
   * Today in Hà Nội: the rules of this day apply.
   */
  day: string;
  /**
   * The law in force; `None` where no rules are known for the day.
   */
  regime: RegimeView | null;
  /**
   * What the rules say of the premises.
   */
  standing: Standing | null;
  /**
   * The checklists that are here, the proposed one first.
   */
  checklists: Array<Checklist>;
};

export type InspectionState = 'in_progress' | 'completed' | 'returned' | 'supplemented' | 'approved' | 'cancelled';

export type InspectionSummary = {
  /**
   * The record.
   */
  id: DocumentId;
  /**
   * The premises.
   */
  facility: DocumentId;
  /**
   * Their name.
   */
  facility_name: string;
  /**
   * Their address.
   */
  facility_address: string;
  /**
   * The unit.
   */
  unit: UnitId;
  /**
   * The unit's full name.
   */
  unit_name: string;
  /**
   * The template's name and version.
   */
  template: TemplateRef;
  /**
   * Where it stands.
   */
  state: InspectionState;
  /**
   * When it was begun.
   */
  started_at: UtcMillis;
  /**
   * When it was sealed.
   */
  sealed_at: UtcMillis | null;
  /**
   * Who worked on it, by name.
   */
  officers: Array<string>;
  /**
   * How much of the record is answered: without own late work, so that everybody reads the same.
   */
  progress: Progress;
  /**
   * Gravest failed check, late answers that wait among them: until they are settled, the worst counts.
   */
  gravest: Severity | null;
  /**
   * What it came to, as the last sealed part says; while it is being made, what it says now.
   */
  conclusion: Conclusion | null;
  /**
   * The reviewer's last words, when returned.
   */
  words: string | null;
  /**
   * How far the clock was off by which `started_at` was written, as exchanges showed or the device itself knew; absent
   * where it agreed or nothing is known.
   */
  started_clock_ms?: number;
  /**
   * The same of `sealed_at`.
   */
  sealed_clock_ms?: number;
  /**
   * Answers that came after the seal and wait, held apart or in a supplement that is not signed. Those that say the same
   * as the record are not counted.
   */
  late_answers: number;
  /**
   * Of these, the reader's own, to be signed here (devices only).
   */
  own_late: number;
  /**
   * Checks that fail in them and do not fail in the record: with the record's failed checks, each check counts once.
   */
  late_failed: number;
  /**
   * Words at questions that wait for a signed answer.
   */
  unanswered: number;
  /**
   * Clashes between signed parts that no signed part settled.
   */
  apart: number;
  /**
   * When it was approved, if something was sealed since and is to be decided on.
   */
  approved_before?: number;
  /**
   * Device only: whether something of it was not yet receipted.
   */
  unsent: boolean;
};

export type InspectionView = {
  /**
   * As in a list.
   */
  summary: InspectionSummary;
  /**
   * Device only: the open supplement that its reader's entries go to. What it says is shown as unsigned and changes no number.
   */
  open_supplement: DocumentId | null;
  /**
   * Device only: what its reader may do about a supplement.
   */
  supplementing: Supplementing;
  /**
   * The newest sealed part: the inspection, or a supplement. A decision says that it is on this one, and counts only as
   * long as it is. `None` while nothing is sealed.
   */
  newest_sealed: DocumentId | null;
  /**
   * The part that the last decision is on.
   */
  decided_on: DocumentId | null;
  /**
   * The sealed parts in the one order in which everybody reads them.
   */
  sealed_parts: Array<DocumentId>;
  /**
   * Sealed parts that whoever decided last did not have.
   */
  unseen: Array<DocumentId>;
  /**
   * Clashes between signed parts whose authors did not know of each other; until a signed part settles them, the worst
   * counts.
   */
  apart: Array<Clash>;
  /**
   * Before the seal: what people write of failed checks, and where it was made, as far as these clash. Answers that do are at
   * their items.
   */
  unsettled: Array<Clash>;
  /**
   * Items that have anything to show, by the template's order.
   */
  items: Array<ItemView>;
  /**
   * Progress by section.
   */
  groups: Array<GroupProgress>;
  /**
   * Where the inspection was made.
   */
  position: Position | null;
  /**
   * The running clock of the device that began it: what an answer's (`Statement.running`) is reckoned from.
   */
  begun_running?: Running;
  /**
   * Who attended, of each part in the order of its sealing: officers, the premises' representatives, witnesses.
   */
  attendance: Array<AttendeeView>;
  /**
   * What it comes to, by the last part that says so.
   */
  conclusion: ConclusionView | null;
  /**
   * Seals, oldest first.
   */
  seals: Array<SealView>;
  /**
   * Every decision that was ever made on it, newest last.
   */
  decisions: Array<DecisionView>;
  /**
   * Words on the whole record.
   */
  comments: Array<CommentView>;
  /**
   * What came after the seal and waits.
   */
  late: Array<LateWork>;
  /**
   * While it is being made: other inspections that are being made at the same premises.
   */
  also_open: Array<OtherVisit>;
  /**
   * What the template's rules say; `None` if it has none.
   */
  form: FormState | null;
  /**
   * What the visit is for: `periodic`, `unscheduled` or `reinspection`.
   */
  purpose: string | null;
  /**
   * The law that it is made under: what it was begun with, or that of the visit's day.
   */
  regime: RegimeView | null;
  /**
   * Why another checklist than the one of these premises was taken; empty if it was not.
   */
  template_reason: string;
  /**
   * That the visit was given up; `None` where nobody did, or it was taken up again.
   */
  given_up: GivenUpView | null;
  /**
   * Who gave the visit up and who took it up again, as they knew of each other; what came after the seal last. It stays when
   * somebody signs.
   */
  given_up_log: Array<GivenUpEvent>;
  /**
   * What is odd about its days, deadlines and places; a field is the record's key, `position`, or `clock` (of the how-manieth
   * supplement `clock/1`), `clock_set`, or `given_up` (of the second who gave it up `given_up/1`).
   */
  remarks: Array<Remark>;
};

export type Instrument = 'temporary_suspension' | 'suspension' | 'timed_suspension' | 'stop_directive19' | 'sanction';

export type Invited = {
  /**
   * The link.
   */
  link: string;
  /**
   * The link as a QR code, SVG.
   */
  qr_svg: string;
  /**
   * Until when it may be used.
   */
  expires_at: UtcMillis;
};

export type Item = {
  /**
   * Key of the answer: `i/<code>`.
   */
  code: string;
  /**
   * Whether it is a check (counts for the conclusion) or a survey item.
   */
  survey: boolean;
  /**
   * The question.
   */
  title: Words;
  /**
   * How to answer it; empty if nothing more is to be said.
   */
  hint?: Words;
  /**
   * What may be answered.
   */
  input: Input;
  /**
   * How grave a failure is.
   */
  severity: Severity;
  /**
   * When a photo must be taken.
   */
  photo: PhotoRule;
  /**
   * Whether the record can't be finished without an answer.
   */
  required: boolean;
  /**
   * What to do about a failure.
   */
  remedy: Words;
  /**
   * Ids of [`Template::citations`].
   */
  citations: Array<string>;
  /**
   * What its being asked, its answer and other answers have to do with one another.
   */
  rules?: Rules;
  /**
   * The answer that is offered first. Nobody has given it before somebody takes it over.
   */
  suggestion?: Answer;
};

export type ItemChange = {
  /**
   * The item.
   */
  item: string;
  /**
   * Its verdict before.
   */
  before: Verdict | null;
  /**
   * Its verdict now.
   */
  after: Verdict | null;
};

export type ItemView = {
  /**
   * Item code of the template.
   */
  code: string;
  /**
   * Live statements, the one shown first; more than one is a clash. Between signed parts what fails its check comes first.
   */
  statements: Array<Statement>;
  /**
   * Statements of sealed parts that a later part replaced, and those that say the same as one that stands.
   */
  superseded: Array<Statement>;
  /**
   * The finding, when the check failed and it was written.
   */
  finding: FindingDetail | null;
  /**
   * Whose that finding is.
   */
  finding_said: FindingSaid | null;
  /**
   * Photos that were not taken away.
   */
  photos: Array<PhotoView>;
  /**
   * A reviewer's words here, oldest first.
   */
  comments: Array<CommentView>;
};

export type ItemVisit = {
  /**
   * The inspection.
   */
  inspection: DocumentId;
  /**
   * When it was made.
   */
  at: UtcMillis;
  /**
   * What was answered.
   */
  answer: Answer | null;
  /**
   * The note.
   */
  note: string;
  /**
   * Whether it was a finding.
   */
  finding: boolean;
};

export type LastKnown = {
  /**
   * When it was noted: the numbers have been these since, as far as is known.
   */
  at: UtcMillis;
  /**
   * What had no receipt.
   */
  unsent: Unsent;
  /**
   * Whether nothing in it was nowhere else. Said before anything is changed that it may be so, it is never true of a store
   * that it is not true of.
   */
  safe_to_wipe: boolean;
};

export type LateDraft = {
  /**
   * The inspection.
   */
  inspection: InspectionSummary;
  /**
   * Who sealed it, by name.
   */
  sealed_by: string;
  /**
   * When.
   */
  sealed_at: UtcMillis;
  /**
   * Own answers that came after that and say something else.
   */
  answers: number;
  /**
   * Own photos.
   */
  photos: number;
  /**
   * When the officer sealed their own version, if so.
   */
  signed_at: UtcMillis | null;
  /**
   * Whether the officer began it as a correction, knowing of the seal; it may say nothing yet.
   */
  correction: boolean;
};

export type LateItem = {
  /**
   * Item code of the template.
   */
  code: string;
  /**
   * What was answered; `None` = taken back.
   */
  answer: Answer | null;
  /**
   * The note.
   */
  note: string;
  /**
   * When it was said.
   */
  at: UtcMillis;
  /**
   * What its officer wrote of a failed check.
   */
  finding: FindingDetail | null;
  /**
   * Whether it fails its check.
   */
  failed: boolean;
  /**
   * How grave that is.
   */
  severity: Severity | null;
};

export type LateWork = {
  /**
   * The supplement that it waits in, to be signed by its author; `None` while the server keeps it apart.
   */
  supplement: DocumentId | null;
  /**
   * Why it is kept apart, as a code; `None` in a supplement.
   */
  code: string | null;
  /**
   * Device only: whether it is its reader's own, to be finished or given up here.
   */
  own: boolean;
  /**
   * Whose, on which device; when the last of it was said.
   */
  by: Attribution;
  /**
   * Its answers that say something else than the record, in the order in which they were given.
   */
  items: Array<LateItem>;
  /**
   * Its photos.
   */
  photos: number;
  /**
   * Whom it names as having attended.
   */
  attended: number;
  /**
   * Its answers that say the same as the record.
   */
  same: number;
  /**
   * When its author sealed their own version apart, if so.
   */
  signed_at: UtcMillis | null;
  /**
   * Whether its author began it as a correction, knowing of the seal; otherwise it came late.
   */
  correction: boolean;
  /**
   * Whether it is said in the supplement that a reviewer's words called for, in which everybody writes who was asked; of each
   * of them it is one piece of work.
   */
  asked: boolean;
};

export type Loading = {
  /**
   * Premises.
   */
  facilities: number;
  /**
   * Records of any kind.
   */
  records: number;
};

export type Lookup = {
  /**
   * What formulas call it.
   */
  id: string;
  /**
   * The names of its columns.
   */
  columns: Array<string>;
  /**
   * Its rows, each as long as the columns.
   */
  rows: Array<Array<string>>;
};

export type Mark =
  | {
      kind: 'arrow';
      /**
       * Its tail: x, y.
       */
      from: [number, number];
      /**
       * Its tip: x, y.
       */
      to: [number, number];
    }
  | {
      kind: 'ellipse';
      /**
       * Its middle: x, y.
       */
      center: [number, number];
      /**
       * Half its width and half its height.
       */
      radius: [number, number];
    }
  | {
      kind: 'text';
      /**
       * Where the first letter stands: x, y of its foot.
       */
      at: [number, number];
      /**
       * The words: one line, NFC.
       */
      words: string;
    };

export type Means = 'recommendation' | 'sanction' | 'suspension';

export type MeasureEventView = {
  /**
   * Which one.
   */
  id: string;
  /**
   * What happened.
   */
  step: MeasureStep;
  /**
   * Which measure, where the step says.
   */
  instrument: Instrument | null;
  /**
   * Why it may be stopped.
   */
  grounds: Array<Ground>;
  /**
   * Codes of the acts.
   */
  acts: Array<string>;
  /**
   * How much of the premises.
   */
  scope: Scope | null;
  /**
   * Which part.
   */
  part: string;
  /**
   * Why, what was seen or decided.
   */
  words: string;
  /**
   * The paper's number.
   */
  number: string;
  /**
   * The paper's day, or when it happened.
   */
  on: string | null;
  /**
   * Who signed it, or asks.
   */
  issuer: string;
  /**
   * The first day.
   */
  from: string | null;
  /**
   * The last day.
   */
  until: string | null;
  /**
   * The fine, in VND.
   */
  amount_vnd: number | null;
  /**
   * At which inspection it was found.
   */
  inspection: DocumentId | null;
  /**
   * Item codes of its findings.
   */
  items: Array<string>;
  /**
   * Whether it is one of last steps, noted apart, that lead to different states.
   */
  apart: boolean;
  /**
   * Who noted it.
   */
  by: Attribution;
};

export type MeasureNote = {
  /**
   * What happened.
   */
  step: MeasureStep;
  /**
   * Which measure: of a beginning, and where a temporary suspension becomes a suspension.
   */
  instrument?: Instrument;
  /**
   * Why it may be stopped.
   */
  grounds?: Array<Ground>;
  /**
   * Codes of the acts.
   */
  acts?: Array<string>;
  /**
   * How much of the premises.
   */
  scope?: Scope;
  /**
   * Which part.
   */
  part?: string;
  /**
   * Why, what was seen or decided.
   */
  words?: string;
  /**
   * The paper's number.
   */
  number?: string;
  /**
   * The paper's day, or when it happened.
   */
  on?: string;
  /**
   * Who signed it, or asks.
   */
  issuer?: string;
  /**
   * The first day.
   */
  from?: string;
  /**
   * The last day.
   */
  until?: string;
  /**
   * The fine, in VND.
   */
  amount_vnd?: number;
  /**
   * At which inspection it was found.
   */
  inspection?: DocumentId;
  /**
   * Item codes of its findings.
   */
  items?: Array<string>;
};

export type MeasureProposal = {
  /**
   * Which measure.
   */
  instrument: Instrument;
  /**
   * Of a temporary suspension whose term is past: which one is to be decided on.
   */
  of: string | null;
  /**
   * Under which ground.
   */
  grounds: Array<Ground>;
  /**
   * Why.
   */
  reasons: Array<Words>;
  /**
   * Item codes of the findings.
   */
  items: Array<string>;
  /**
   * Acts that they may be.
   */
  acts: Array<ActView>;
  /**
   * The inspection of the newest finding.
   */
  inspection: DocumentId | null;
};

export type MeasureState =
  | 'in_force'
  | 'resumption_asked'
  | 'appealed'
  | 'decision_issued'
  | 'served'
  | 'explanation_period'
  | 'violation_recorded'
  | 'proposed'
  | 'resumed'
  | 'paid'
  | 'enforced'
  | 'cancelled'
  | 'declined'
  | 'waived';

export type MeasureStep =
  | 'proposed'
  | 'waived'
  | 'declined'
  | 'violation_recorded'
  | 'explaining'
  | 'decided'
  | 'served'
  | 'appealed'
  | 'paid'
  | 'enforced'
  | 'disobeyed'
  | 'resumption_asked'
  | 'resumption_refused'
  | 'resumed'
  | 'cancelled';

export type MeasureSummary = {
  /**
   * Which one.
   */
  id: string;
  /**
   * The premises.
   */
  facility: DocumentId;
  /**
   * Their name.
   */
  facility_name: string;
  /**
   * Their address.
   */
  facility_address: string;
  /**
   * The unit.
   */
  unit: UnitId;
  /**
   * The unit's full name.
   */
  unit_name: string;
  /**
   * What it is now.
   */
  instrument: Instrument;
  /**
   * Where it stands.
   */
  state: MeasureState;
  /**
   * Whether steps that were noted apart lead to different states.
   */
  apart: boolean;
  /**
   * Stop: whether the premises were found operating in spite of it.
   */
  disobeyed: boolean;
  /**
   * Stop: how much of the premises.
   */
  scope: Scope | null;
  /**
   * Which part.
   */
  part: string;
  /**
   * Why it may be stopped.
   */
  grounds: Array<Ground>;
  /**
   * Codes of the acts.
   */
  acts: Array<string>;
  /**
   * Why it was proposed, or not.
   */
  words: string;
  /**
   * Number of the last decision, or of the violation record where there is none.
   */
  number: string;
  /**
   * Its day.
   */
  on: string | null;
  /**
   * Who signed it.
   */
  issuer: string;
  /**
   * The first day on which the decision holds.
   */
  from: string | null;
  /**
   * The last day of its term.
   */
  until: string | null;
  /**
   * The fine, in VND.
   */
  amount_vnd: number | null;
  /**
   * At which inspection it was found.
   */
  inspection: DocumentId | null;
  /**
   * Item codes of its findings.
   */
  items: Array<string>;
  /**
   * When it was begun, by the device's clock.
   */
  begun_at: UtcMillis;
  /**
   * By whom, by name.
   */
  officer: string;
  /**
   * Steps that were noted.
   */
  steps: number;
  /**
   * Days from the asker's day to the end of its term, negative once that is past; `None` where it has none, or is over.
   */
  days_left: number | null;
  /**
   * Whether its term is past and nobody decided yet: the premises are to be looked at.
   */
  term_over: boolean;
  /**
   * Whether it ended by itself when its term did.
   */
  ended: boolean;
  /**
   * Device only: whether something of it was not yet receipted.
   */
  unsent: boolean;
};

export type MeasureView = {
  /**
   * As in a list.
   */
  summary: MeasureSummary;
  /**
   * Its steps, in order.
   */
  events: Array<MeasureEventView>;
  /**
   * The steps that the asker may note next.
   */
  allowed: Array<MeasureStep>;
  /**
   * Whether its term is longer than the longest known, which no source that was read confirms.
   */
  long: boolean;
};

export type Measured = {
  /**
   * By what method.
   */
  method: Method;
  /**
   * Which instrument, NFC: make, number, day of its last calibration; empty if it was not said.
   */
  instrument?: string;
  /**
   * The line that was walked or drawn.
   */
  line?: Array<Vertex>;
};

export type MeasuresView = {
  /**
   * The premises.
   */
  facility: DocumentId;
  /**
   * The asker's day.
   */
  today: string;
  /**
   * Those that are open first, then the newest.
   */
  measures: Array<MeasureView>;
  /**
   * What the rules suggest.
   */
  proposals: Array<MeasureProposal>;
  /**
   * Whether the asker may note something.
   */
  may_write: boolean;
  /**
   * Grounds to choose from.
   */
  grounds: Array<GroundView>;
  /**
   * Where they stand.
   */
  grounds_article: Words;
  /**
   * All acts, with the fines of the asker's day.
   */
  acts: Array<ActView>;
  /**
   * The longest term of a temporary suspension, in days.
   */
  most_days: number;
  /**
   * Whether a source that was read confirms that.
   */
  most_days_verified: boolean;
  /**
   * What is to be known of these rules.
   */
  note: Words;
};

export type Method =
  'tape' | 'laser' | 'instrument' | 'counted' | 'document' | 'declared' | 'estimated' | 'map' | 'walked';

export type MissingItem = {
  /**
   * The item to jump to; `None` = the whole record.
   */
  item: string | null;
  /**
   * Its group.
   */
  group: string | null;
  /**
   * What is missing.
   */
  reason: MissingReason;
};

export type MissingReason =
  | 'answer'
  | 'photo'
  | 'finding'
  | 'finding_without_remedy'
  | 'finding_without_deadline'
  | 'clash'
  | 'hand'
  | 'accuracy'
  | 'constraint'
  | 'words'
  | 'nothing';

export type NearFound = {
  /**
   * What it calls itself: the sign that its holder reads on the screen.
   */
  label: string;
  /**
   * Where it is: `ip:port`.
   */
  address: string;
};

export type NearMet = {
  /**
   * Who.
   */
  person_name: string;
  /**
   * On which device.
   */
  device_name: string;
  /**
   * Envelopes that came and were not here.
   */
  received: number;
  /**
   * Records that these are of.
   */
  records: number;
  /**
   * Envelopes that went.
   */
  sent: number;
};

export type NearStatus = {
  /**
   * While this device waits for a colleague.
   */
  waiting: NearWaiting | null;
  /**
   * How the last meeting went to which a colleague called, since this device waits.
   */
  met: NearMet | null;
  /**
   * Why the last one broke off.
   */
  problem: Problem | null;
  /**
   * How many meetings there were, well or badly: another number is news.
   */
  meetings: number;
};

export type NearWaiting = {
  /**
   * What a colleague scans, or types.
   */
  link: string;
  /**
   * The same as a QR code.
   */
  qr_svg: string;
  /**
   * What this device is called on the colleague's list.
   */
  label: string;
};

export type Needed = {
  /**
   * Which.
   */
  fact: Fact;
  /**
   * Its name.
   */
  words: Words;
};

export type NoteDraft = {
  /**
   * The item's code.
   */
  item: string;
  /**
   * The words.
   */
  words: string;
  /**
   * When they were kept, by the device's clock.
   */
  at: UtcMillis;
};

export type NoteDraftPlace = {
  /**
   * The inspection.
   */
  inspection: DocumentId;
  /**
   * The question's code.
   */
  item: string;
  /**
   * The question, where its checklist is here.
   */
  question: Words | null;
  /**
   * What the premises are called; empty where that is not known here.
   */
  premises: string;
};

export type OperationId = {
  /**
   * Lamport counter, from 1.
   */
  counter: number;
  /**
   * Who put it.
   */
  actor: ActorId;
};

export type Origin = {
  /**
   * The put that was chosen.
   */
  p: OperationId;
  /**
   * Who said it first; another than the put's where that was itself a choice.
   */
  a: ActorId;
  /**
   * When it was said first, by that device's clock.
   */
  t: UtcMillis;
};

export type OtherVisit = {
  /**
   * The record.
   */
  id: DocumentId;
  /**
   * When it was begun.
   */
  started_at: UtcMillis;
  /**
   * Who is in it, by name.
   */
  officers: Array<string>;
};

export type Page<T> = {
  /**
   * The part.
   */
  items: Array<T>;
  /**
   * How many there are in all.
   */
  total: number;
  /**
   * Where to go on; `None` at the end.
   */
  next: string | null;
};

export type Paper = {
  /**
   * Where it was written, or the name to save it under.
   */
  file: string;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * The PDF; absent where it was written.
   */
  data_base64?: string;
  /**
   * How many pages it has.
   */
  pages: number;
  /**
   * Photos that are not on this device and are missing in it.
   */
  lacking: number;
  /**
   * The address in its code; absent before it is signed.
   */
  check?: string;
};

export type PersonId = string;

export type Phase = 'fresh' | 'locked' | 'ready' | 'pin_locked';

export type PhotoDetail = {
  /**
   * Address of the reduced, stamped photo.
   */
  hash: PhotoHash;
  /**
   * Its size in bytes.
   */
  bytes: number;
  /**
   * Pixels across, after orientation.
   */
  width: number;
  /**
   * Pixels down, after orientation.
   */
  height: number;
  /**
   * SHA-256 of the file as it came from the camera, hexadecimal.
   */
  original_sha256: string;
  /**
   * When the camera says it was taken; `None` if it doesn't say.
   */
  taken_at: UtcMillis | null;
  /**
   * Where the camera says it was taken.
   */
  place: Position | null;
  /**
   * When it was added to the record.
   */
  at: UtcMillis;
  /**
   * By whom.
   */
  by: PersonId;
  /**
   * Whether it was taken away from the record again (the bytes stay).
   */
  removed?: boolean;
  /**
   * What is drawn on it, by who added it.
   */
  marks?: Array<Mark>;
  /**
   * Whose it was, where it was chosen to settle a clash.
   */
  o?: Origin;
};

export type PhotoHash = string;

export type PhotoRequest = {
  /**
   * Its address.
   */
  hash: PhotoHash;
  /**
   * Which picture.
   */
  size: PhotoSize;
};

export type PhotoRule = 'always' | 'on_fail' | 'suggested' | 'optional';

export type PhotoSize = 'thumbnail' | 'full';

export type PhotoView = {
  /**
   * Who added it.
   */
  author: Attribution;
  /**
   * Whether its bytes were verified at the server (device: a receipt is held).
   */
  verified: boolean;
  /**
   * Whether its bytes are here.
   */
  present: boolean;
  /**
   * Device only: whether this device took it, so that it is here to send. Of another's photo no receipt comes.
   */
  own: boolean;
  /**
   * Whether it stands in a supplement that is not signed.
   */
  unsigned: boolean;
  /**
   * Address of the reduced, stamped photo.
   */
  hash: PhotoHash;
  /**
   * Its size in bytes.
   */
  bytes: number;
  /**
   * Pixels across, after orientation.
   */
  width: number;
  /**
   * Pixels down, after orientation.
   */
  height: number;
  /**
   * SHA-256 of the file as it came from the camera, hexadecimal.
   */
  original_sha256: string;
  /**
   * When the camera says it was taken; `None` if it doesn't say.
   */
  taken_at: UtcMillis | null;
  /**
   * Where the camera says it was taken.
   */
  place: Position | null;
  /**
   * When it was added to the record.
   */
  at: UtcMillis;
  /**
   * By whom.
   */
  by: PersonId;
  /**
   * Whether it was taken away from the record again (the bytes stay).
   */
  removed?: boolean;
  /**
   * What is drawn on it, by who added it.
   */
  marks?: Array<Mark>;
  /**
   * Whose it was, where it was chosen to settle a clash.
   */
  o?: Origin;
};

export type Picture = {
  /**
   * Its bytes.
   */
  data_base64: string;
  /**
   * `image/jpeg`
   */
  media_type: string;
};

export type Place = {
  /**
   * Degrees north.
   */
  latitude: number;
  /**
   * Degrees east.
   */
  longitude: number;
};

export type Position = {
  /**
   * Degrees north.
   */
  latitude: number;
  /**
   * Degrees east.
   */
  longitude: number;
  /**
   * Radius of 68 % confidence in metres; `None` when a person set the pin by hand.
   */
  accuracy_m: number | null;
  /**
   * Where it came from.
   */
  source: PositionSource;
};

export type PositionSource = 'device' | 'photo' | 'manual';

export type Problem = {
  /**
   * `urn:ancu:problem:<code>`
   */
  type: string;
  /**
   * HTTP status; 0 where none was received.
   */
  status: number;
  /**
   * The closed code.
   */
  code: ErrorCodeText;
  /**
   * The sentence in Vietnamese.
   */
  title: string;
  /**
   * The sentence in English.
   */
  title_en: string;
  /**
   * Which field, as the request spells it.
   */
  field?: string;
  /**
   * Further data: limits, counts, what is missing.
   */
  details?: unknown;
};

export type Progress = {
  /**
   * Items answered.
   */
  answered: number;
  /**
   * Items there are.
   */
  total: number;
  /**
   * Checks that failed.
   */
  failed: number;
  /**
   * Items with two answers.
   */
  clashes: number;
  /**
   * Photos.
   */
  photos: number;
};

export type PromiseView = {
  /**
   * By which day.
   */
  until: string;
  /**
   * Who of the premises promised.
   */
  name: string;
  /**
   * Who noted it, by name.
   */
  officer: string;
  /**
   * When.
   */
  at: UtcMillis;
};

export type Proposal = {
  /**
   * How many working days.
   */
  working_days: number;
  /**
   * The day.
   */
  on: string;
  /**
   * Holidays that were passed over, weekends left out.
   */
  passed_over: Array<DayOff>;
  /**
   * Whether all that it rests on is confirmed.
   */
  certain: boolean;
};

export type QrText = {
  /**
   * The text.
   */
  text: string;
};

export type QuarantinedItem = {
  /**
   * The record.
   */
  document: DocumentId;
  /**
   * What it is.
   */
  kind: RecordKind;
  /**
   * The envelope.
   */
  envelope: EnvelopeId;
  /**
   * Why, as a code; of a newer server perhaps unknown here.
   */
  code: string;
  /**
   * The code's sentence in Vietnamese.
   */
  title: string;
  /**
   * The code's sentence in English.
   */
  title_en: string;
  /**
   * What the premises are called that it is about; empty where that is not known here.
   */
  premises: string;
  /**
   * Why exactly, as a closed code; `None` where an older server refused it.
   */
  cause: string | null;
  /**
   * Why exactly, in Vietnamese: the place and the value by name; empty where an older server refused it.
   */
  reason_vi: string;
  /**
   * Why exactly, in English.
   */
  reason: string;
  /**
   * When the server said so.
   */
  at: UtcMillis;
};

export type RecordKind =
  'facility' | 'inspection' | 'review' | 'remediation' | 'enforcement' | 'dwelling' | 'residents';

export type RegimeView = {
  /**
   * For example `ND105`.
   */
  id: string;
  /**
   * The law: its official number, and what it is of.
   */
  law: Words;
  /**
   * The decree under it.
   */
  decree: Words;
  /**
   * First day.
   */
  valid_from: string;
  /**
   * Last day; `None` while it is in force.
   */
  valid_to: string | null;
  /**
   * The form of the inspection record.
   */
  form: Form;
  /**
   * Documents that set fines on the day.
   */
  fines: Array<Dated>;
  /**
   * Whether the source was read.
   */
  verified: boolean;
};

export type ReinspectionPlan = {
  /**
   * The premises.
   */
  facility: DocumentId;
  /**
   * The day from which is counted.
   */
  today: string;
  /**
   * The day that was set, if any.
   */
  on: string | null;
  /**
   * Days to choose from.
   */
  proposals: Array<Proposal>;
  /**
   * What is open.
   */
  findings: Array<FindingSummary>;
};

export type Remark = {
  /**
   * The field, as the form spells it.
   */
  field: string;
  /**
   * How much it weighs.
   */
  weight: Weight;
  /**
   * What is odd, and what to do.
   */
  words: Words;
};

export type Repeat = {
  /**
   * How often: a formula. Without it the officer adds and takes out.
   */
  count?: string;
};

export type Replaced = {
  /**
   * The question's code.
   */
  item: string;
  /**
   * What colleagues signed there.
   */
  said: Array<Statement>;
};

export type ReplyView = {
  /**
   * The words.
   */
  words: string;
  /**
   * Who and when.
   */
  by: Attribution;
  /**
   * Whether it is signed.
   */
  signed: boolean;
};

export type RiskLevel = 'low' | 'medium' | 'high' | 'very_high';

export type RiskReason = {
  /**
   * Which factor.
   */
  id: string;
  /**
   * How many points it adds.
   */
  points: number;
  /**
   * In words.
   */
  words: Words;
};

export type RiskView = {
  /**
   * From 0 to 100.
   */
  score: number;
  /**
   * What that means.
   */
  level: RiskLevel;
  /**
   * What it is made of, the most points first.
   */
  reasons: Array<RiskReason>;
  /**
   * Facts that nobody noted: header fields of the premises. With them it may be higher.
   */
  unknown: Array<string>;
  /**
   * Which rules gave it.
   */
  version: string;
  /**
   * Whether a document sets these rules.
   */
  verified: boolean;
  /**
   * What is to be known of the rules.
   */
  note: Words;
};

export type Role =
  'commune_data_officer' | 'area_team_officer' | 'area_team_reviewer' | 'pc07_manager' | 'household_head' | 'sys_admin';

export type Room = 'enough' | 'low' | 'full';

export type Rules = {
  /**
   * Whether it is asked at all.
   */
  relevant?: string;
  /**
   * What an answer must satisfy.
   */
  constraint?: string;
  /**
   * What is said of one that does not.
   */
  constraint_message?: Words;
  /**
   * Whether it must be answered, where that depends on other answers.
   */
  required?: string;
  /**
   * What is said while it is not answered.
   */
  required_message?: Words;
  /**
   * Its answer, which nobody gives.
   */
  calculate?: string;
  /**
   * Which of its options are offered: a formula over `${item}`s and the option's columns.
   */
  offered?: string;
  /**
   * The answer that is offered first, where it follows from others: a formula.
   */
  default?: string;
  /**
   * Whether its answer can no longer be changed.
   */
  read_only?: string;
};

export type Running = [number, number];

export type Salvaged = {
  /**
   * When.
   */
  at: UtcMillis;
  /**
   * Pieces of work that were not sent and are kept.
   */
  envelopes: number;
  /**
   * Photos that were not sent and are kept.
   */
  photos: number;
  /**
   * Whether everything that was not sent could be read. Otherwise some of it may be lost.
   */
  whole: boolean;
};

export type Saying = {
  /**
   * Which put.
   */
  operation: OperationId;
  /**
   * What was put.
   */
  value: Scalar;
  /**
   * The answer, where the key is an item's; `None` = taken back.
   */
  answer: Answer | null;
  /**
   * Its note.
   */
  note: string;
  /**
   * How a number came about, if that was said.
   */
  measured?: Measured;
  /**
   * What follows from a failed check, where the key is that.
   */
  finding: FindingDetail | null;
  /**
   * The photo, where the key is one; it may be one that was taken away.
   */
  photo: PhotoDetail | null;
  /**
   * What was decided, where the key is a review's decision; its words are the note.
   */
  decision?: Decision;
  /**
   * Who said it, where, when.
   */
  by: Attribution;
  /**
   * Who chose it to settle a clash, and when.
   */
  chosen_by: Attribution | null;
  /**
   * Of a clash between parts of an inspection: whether no signature covers it, because it was let into the record after it
   * was sealed, or stands in a supplement that is not signed.
   */
  unsigned?: boolean;
};

export type Scalar = null | boolean | number | number | string;

export type Scope = 'whole' | 'part';

export type SealView = {
  /**
   * Who sealed it, when.
   */
  by: Attribution;
  /**
   * Whether the signature holds.
   */
  valid: boolean;
  /**
   * Whether it is on the signer's own version of the record, which said the same: two who finished apart.
   */
  apart: boolean;
  /**
   * Of one made apart: questions at which the record says or shows something that was not in the signed version. `None`:
   * nobody compared.
   */
  without: Array<string> | null;
};

export type Seen = 'on_site' | 'by_photo';

export type SetAside = {
  /**
   * The folder's name.
   */
  name: string;
  /**
   * When.
   */
  at: UtcMillis;
  /**
   * What it said of itself when it was open last; null where it never did.
   */
  last_known: LastKnown | null;
  /**
   * Tries left for its PIN.
   */
  pin_attempts_left: number;
  /**
   * What of its unsent work was taken into another store, where that was done.
   */
  taken: Salvaged | null;
  /**
   * Whether nothing would be lost with it: all of it was taken out, or it held nothing that is nowhere else.
   */
  safe_to_wipe: boolean;
};

export type Settlement = 'open' | 'unsigned';

export type Severity = 'info' | 'minor' | 'major' | 'critical';

export type Standing =
  | {
      kind: 'ruled';
      /**
       * Where they stand.
       */
      annex: Words;
      /**
       * Who is in charge.
       */
      authority: Words;
      /**
       * Whether the source was read.
       */
      verified: boolean;
    }
  | {
      kind: 'unknown';
      /**
       * Which.
       */
      needs: Array<Needed>;
    }
  | {
      kind: 'open';
      /**
       * What is open.
       */
      words: Words;
    };

export type Statement = {
  /**
   * Which put; names the choice when a clash is settled.
   */
  operation: OperationId;
  /**
   * What was answered; `None` = taken back.
   */
  answer: Answer | null;
  /**
   * The note.
   */
  note: string;
  /**
   * How a number came about, if that was said.
   */
  measured?: Measured;
  /**
   * The device's running clock when it was answered, where it told.
   */
  running?: Running;
  /**
   * Who said it, where, when.
   */
  by: Attribution;
  /**
   * Who chose it when two had answered differently, and when.
   */
  chosen_by: Attribution | null;
  /**
   * Whether it stands in a supplement.
   */
  supplement: boolean;
  /**
   * Whether that supplement is not signed: it is shown where it is written, and counts nowhere.
   */
  unsigned: boolean;
};

export type Step = 'context' | 'push' | 'pull' | 'photos';

export type StepNote = {
  /**
   * What happened.
   */
  step: FindingStep;
  /**
   * The words: of the representative, what was done, what was seen, why it was refused.
   */
  words?: string;
  /**
   * Who of the premises said it.
   */
  name?: string;
  /**
   * By which day they promise.
   */
  until?: string | null;
  /**
   * How it was seen.
   */
  seen?: Seen;
  /**
   * At which later inspection.
   */
  visit?: DocumentId;
  /**
   * What is proposed.
   */
  means?: Means;
  /**
   * Evidence, added before.
   */
  photos?: Array<PhotoHash>;
};

export type StopBrief = {
  /**
   * Under what.
   */
  instrument: Instrument;
  /**
   * All of them, or a part.
   */
  whole: boolean;
  /**
   * The last day of its term.
   */
  until: string | null;
  /**
   * Whether that is past and nobody decided yet.
   */
  term_over: boolean;
  /**
   * Whether they were found operating in spite of it.
   */
  disobeyed: boolean;
};

export type Supplementing = 'no' | 'may_begin' | 'open' | 'own';

export type Taken =
  | {
      taken: 'piece';
      /**
       * Bytes in all.
       */
      bytes: number;
    }
  | {
      taken: 'cargo';
      /**
       * Its name.
       */
      bundle: BundleId;
      /**
       * Its size.
       */
      bytes: number;
    }
  | {
      taken: 'receipt';
      /**
       * The file that it is on.
       */
      bundle: BundleId;
      /**
       * Envelopes that count as sent by it.
       */
      envelopes: number;
      /**
       * Photos that do.
       */
      photos: number;
    };

export type Template = {
  /**
   * Shape of this file: 1, or a later one where it has rules or questions that the one before did not know.
   */
  schema: number;
  /**
   * Its name.
   */
  code: string;
  /**
   * Its version.
   */
  version: string;
  /**
   * What it is for.
   */
  title: Words;
  /**
   * A warning shown wherever the template is used (a draft says so); empty if none.
   */
  notice: Words;
  /**
   * Whether what it finds is advice: a shortcoming shows its remedy, but nothing must follow from it.
   */
  advisory?: boolean;
  /**
   * Sections, in order.
   */
  groups: Array<Group>;
  /**
   * The groups that hold sections, where rules or repetitions need them; each after the one that it stands in.
   */
  outline?: Array<Container>;
  /**
   * What formulas look up.
   */
  tables?: Array<Lookup>;
  /**
   * Laws and standards that items cite.
   */
  citations: Array<Citation>;
};

export type TemplateRef = {
  /**
   * For example `mini_apartment`.
   */
  code: string;
  /**
   * For example `draft-1`.
   */
  version: string;
};

export type Texts = {
  /**
   * The question.
   */
  title?: Words;
  /**
   * How to answer it.
   */
  hint?: Words;
  /**
   * What is said of an answer that does not satisfy its rule.
   */
  constraint_message?: Words;
  /**
   * What is said while it is not answered.
   */
  required_message?: Words;
  /**
   * Labels of options by their codes.
   */
  options?: { [key in string]: Words };
};

export type Threshold = {
  /**
   * `>=` or `<=`.
   */
  comparison: Comparison;
  /**
   * In the input's unit.
   */
  value: number;
  /**
   * Whether the source was verified.
   */
  verified: boolean;
};

export type TimeOfDay = string;

export type Today = {
  /**
   * Inspections being made, newest first.
   */
  in_progress: Array<InspectionSummary>;
  /**
   * Inspections that a reviewer sent back, without those in `late`.
   */
  returned: Array<InspectionSummary>;
  /**
   * Own work that came after a colleague's seal, and corrections: to be signed as a supplement, or given up.
   */
  late: Array<LateDraft>;
  /**
   * Values to be settled.
   */
  clashes: Array<Clash>;
  /**
   * Declarations that wait for an officer.
   */
  declarations: Array<DwellingView>;
  /**
   * Findings whose deadline has passed or comes within a week: dangers to life first, then the earliest; at most 20.
   */
  findings: Array<FindingSummary>;
  /**
   * Stops whose term is past or ends within a week, resumptions that are asked for, steps noted apart.
   */
  measures: Array<MeasureSummary>;
  /**
   * Premises without an open inspection, never or longest ago inspected first, at most 20.
   */
  due: Array<FacilitySummary>;
  /**
   * How many there are of what is not listed whole.
   */
  counts: Counts;
};

export type UnitId = string;

export type Unsent = {
  /**
   * Records with something unsent.
   */
  records: number;
  /**
   * Answers in the journal or in changes that no receipt covers.
   */
  answers: number;
  /**
   * Photos.
   */
  photos: number;
  /**
   * Their bytes.
   */
  photo_bytes: number;
  /**
   * Envelopes that wait at the server for what they build on.
   */
  waiting: number;
  /**
   * Envelopes that the server keeps aside.
   */
  quarantined: number;
};

export type Unsigned = 'refused' | 'absent' | 'unable';

export type UtcMillis = number;

export type Verdict = 'pass' | 'fail' | 'not_applicable';

export type Vertex = [number, number, number | null];

export type Weight = 'impossible' | 'unusual';

export type Words = {
  /**
   * Vietnamese, NFC.
   */
  vi: string;
  /**
   * English.
   */
  en: string;
};

export type WordsAnswer = {
  /**
   * Who said it, when.
   */
  by: Attribution;
  /**
   * Whether it is signed. What is not is no answer yet.
   */
  signed: boolean;
};

export type Written = {
  /**
   * Where it is.
   */
  file: string;
  /**
   * The bundle that it is, or is the receipt of.
   */
  bundle: BundleId;
  /**
   * Whether it is a colleague's receipt, and nothing of this device's own.
   */
  receipt: boolean;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * Envelopes in it.
   */
  envelopes: number;
  /**
   * Photos in it.
   */
  photos: number;
  /**
   * Photos and envelopes that found no room in it: for another file, after these have their receipts.
   */
  left_out: number;
  /**
   * When it was written.
   */
  at: UtcMillis;
  /**
   * Why something entered here could not be put into it.
   */
  problem: Problem | null;
};

export const MAX_PHOTO_FILE_BYTES = 62914560;

export const LONGEST_TERM_YEARS = 5;

export const MAX_DEVICE_NAME_CHARS = 80;

export const MAX_PERSON_NAME_CHARS = 120;

export const photoTooLarge: Problem = {
  type: 'urn:ancu:problem:photo_too_large',
  status: 413,
  code: 'photo_too_large',
  title: 'Ảnh quá lớn (tối đa 60 MB hoặc 120 triệu điểm ảnh). Hãy chụp lại ở cỡ nhỏ hơn.',
  title_en: 'The photo is too large (at most 60 MB or 120 megapixels). Take it again at a smaller size.',
};

export const photoUnreadable: Problem = {
  type: 'urn:ancu:problem:photo_unreadable',
  status: 422,
  code: 'photo_unreadable',
  title:
    'Không đọc được tệp này: không phải ảnh JPEG, PNG hay WebP, hoặc ảnh bị hỏng. Hãy chụp lại hoặc chọn tệp khác.',
  title_en:
    'The file cannot be read: it is no JPEG, PNG or WebP picture, or is damaged. Take the photo again or choose another file.',
};

export const photoNoRoom: Problem = {
  type: 'urn:ancu:problem:disk_full',
  status: 507,
  code: 'disk_full',
  title:
    'Bộ nhớ máy không còn đủ chỗ cho một ảnh nữa nên máy ảnh không mở: câu trả lời vẫn ghi được, dữ liệu đã lưu vẫn an toàn. Hãy xóa bớt ảnh, video hoặc ứng dụng khác trên máy, đừng xóa An Cư, rồi chụp lại.',
  title_en:
    'The device has no room for another photo, so the camera does not open: answers are still saved, and what was saved is safe. Delete photos, videos or other apps on the device, not An Cư, then take it again.',
};
