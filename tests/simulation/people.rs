//! What people do on devices and in the browser.

use ancu_field::api::Command;
use ancu_shared::clock::SeededRandom;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::measure::enforcement_id;
use ancu_shared::record::register::{Answer, Decision, Severity, Verdict as Said};
use ancu_shared::view::{Clash, Declaration, DwellingView, FacilitySheet, InspectionState, InspectionView, ItemView};
use ancu_sync_server::service::access::Caller;
use ancu_sync_server::service::decision::{self, NewDecision};
use ancu_sync_server::service::handover;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::city::{code_of, ward};
use crate::device::{Holder, Standing};
use crate::ledger::{photo_mark, seal_mark};
use crate::world::{Verdict, World};

const ITEMS: [&str; 3] = ["A-1", "A-2", "A-3"];

/// What a person tries.
struct Deed {
    words: String,
    command: Command,
    /// What it can be found by, and where it is entered; nothing for what only reads.
    entry: Option<(String, DocumentId, String)>,
}

fn command(value: Value) -> Command {
    serde_json::from_value(value).expect("a command")
}

fn pick<T: Copy>(of: &[T], random: &mut SeededRandom) -> Option<T> {
    (!of.is_empty()).then(|| of[random.below(of.len())])
}

/// What people may be told without anything being wrong.
fn is_expected(problem: &Problem) -> bool {
    use ErrorCode::{
        Conflict, DiskFull, Forbidden, NotFound, RecordIncomplete, RecordOpen, RecordSealed, TemplateUnknown,
    };
    // Findings stand at failed checks only, and these people write them anywhere.
    let no_failure = problem.known_code() == ErrorCode::FieldInvalid && problem.field.as_deref() == Some("item");
    no_failure
        || matches!(
            problem.known_code(),
            Conflict | DiskFull | Forbidden | NotFound | RecordIncomplete | RecordOpen | RecordSealed | TemplateUnknown
        )
}

impl World {
    /// Somebody does something on some device.
    pub(crate) fn person(&mut self, random: &mut SeededRandom) -> Verdict {
        let Some(device) = self.some_device(random) else { return Ok(()) };
        if self.devices[device].standing == Standing::Fresh {
            return Ok(());
        }
        let deed = match self.devices[device].holder {
            Holder::Officer { .. } => self.officers_deed(device, random),
            Holder::Citizen => Some(self.heads_deed(random)),
        };
        match deed {
            Some(deed) => self.perform(device, deed, random),
            None => Ok(()),
        }
    }

    /// Does a deed; the battery may go in the middle of it.
    fn perform(&mut self, device: usize, deed: Deed, random: &mut SeededRandom) -> Verdict {
        let before = self.devices[device].files();
        let told = self.devices[device].tell(deed.command);
        let crashed = random.below(25) == 0;
        let whole = !crashed || self.devices[device].crash(&before, random);
        let name = self.devices[device].name.clone();
        let outcome = match &told {
            Ok(_) => "saved",
            Err(problem) => problem.known_code().code(),
        };
        let power = match (crashed, whole) {
            (false, _) => "",
            (true, true) => ", then loses power",
            (true, false) => ", loses power in the middle of it",
        };
        self.tell(format_args!("{name}: {}: {outcome}{power}", deed.words));
        if let Some((mark, document, key)) = deed.entry {
            self.ledger.note(mark, Some(device), (document, key), told.is_ok() && whole);
        }
        match told {
            Ok(value) => self.done(device, &value),
            Err(problem) if is_expected(&problem) => {}
            Err(problem) => return Err(format!("{name}: {}: {problem:?}", deed.words)),
        }
        self.look(device)
    }

    /// Remembers what was begun, so that others can come to it. What a crash took back is found missing there.
    fn done(&mut self, device: usize, value: &Value) {
        if let Ok(sheet) = serde_json::from_value::<FacilitySheet>(value.clone()) {
            let id = sheet.summary.id;
            if !self.facilities.iter().any(|(known, _)| *known == id) {
                self.facilities.push((id, sheet.summary.unit));
            }
        } else if let Ok(view) = serde_json::from_value::<InspectionView>(value.clone()) {
            if !self.inspections.contains(&view.summary.id) {
                self.inspections.push(view.summary.id);
            }
        } else if let Ok(view) = serde_json::from_value::<DwellingView>(value.clone()) {
            if !self.dwellings.contains(&view.id) {
                self.dwellings.push(view.id);
            }
        } else if let Some(link) = value.get("link").and_then(Value::as_str)
            && self.devices.len() < 52
        {
            let mut random = SeededRandom::new(u64::from(self.marks));
            let number = self.add_device(Holder::Citizen, Some(link.to_owned()), &mut random);
            self.tell(format_args!(
                "Máy {number} is a household head's, invited by {}",
                self.devices[device].name.clone()
            ));
        }
    }

    fn officers_deed(&mut self, device: usize, random: &mut SeededRandom) -> Option<Deed> {
        let facility = pick(&self.facilities, random).map(|(id, _)| id);
        // People mostly work on what was begun last.
        let recent = self.inspections.len().saturating_sub(4);
        let inspection = match random.below(4) {
            0 => pick(&self.inspections, random),
            _ => pick(&self.inspections[recent..], random),
        };
        let item = ITEMS[random.below(ITEMS.len())];
        let mark = self.next_mark();
        let (words, value, entry) = match random.below(100) {
            0..12 => {
                let unit = ward(random.below(self.wards));
                let mut fields = json!({ "name": format!("Nhà trọ {mark}"), "class": "mini_apartment", "address": "12 phố Khương Hạ" });
                if random.below(3) == 0 {
                    fields["unit"] = json!(unit);
                }
                let place = DocumentId::from_bytes([0; 16]);
                let key = format!("name {mark}");
                (
                    format!("premises {mark}"),
                    json!({ "command": "facility_create", "fields": fields }),
                    Some((mark, place, key)),
                )
            }
            12..20 => {
                let id = facility?;
                let value =
                    json!({ "command": "facility_edit", "id": id, "fields": { "note": format!("ghi {mark}") } });
                (format!("edits premises {mark}"), value, Some((mark, id, "note".into())))
            }
            20..34 => (
                "begins an inspection".to_owned(),
                json!({ "command": "inspection_start", "facility": facility? }),
                None,
            ),
            34..66 => {
                let id = inspection?;
                let said = [Said::Pass, Said::Fail, Said::NotApplicable][random.below(3)];
                let value = json!({
                    "command": "answer", "inspection": id, "item": item, "answer": Answer::Verdict(said),
                    "note": format!("ghi {mark}")
                });
                (format!("answers {item} {mark}"), value, Some((mark, id, item.to_owned())))
            }
            66..71 => {
                let id = inspection?;
                let value = json!({
                    "command": "finding", "inspection": id, "item": item, "severity": Severity::Major,
                    "remedy": format!("sửa {mark}")
                });
                (format!("a finding at {item} {mark}"), value, Some((mark, id, format!("finding {item}"))))
            }
            71..77 => return self.photo(device, inspection?, item, random),
            77..81 => {
                ("leaves a section".to_owned(), json!({ "command": "section_leave", "inspection": inspection? }), None)
            }
            81..83 => {
                ("begins a supplement".to_owned(), json!({ "command": "supplement_begin", "id": inspection? }), None)
            }
            83..88 => {
                let id = inspection?;
                let value = json!({ "command": "inspection_finish", "id": id });
                ("finishes an inspection".to_owned(), value, Some((seal_mark(id), id, "seal".into())))
            }
            88..92 => return self.settle(device, random),
            92..94 => {
                let id = facility?;
                let value = json!({
                    "command": "measure_note", "facility": id,
                    "note": { "step": "proposed", "instrument": "sanction", "acts": ["ESC_LOCK"], "words": format!("đề nghị {mark}") }
                });
                (format!("proposes a measure {mark}"), value, Some((mark, enforcement_id(id), "measure".into())))
            }
            94..96 => ("invites a head".to_owned(), json!({ "command": "invite", "facility": facility? }), None),
            _ => {
                let dwelling = pick(&self.dwellings, random)?;
                let decision = if random.below(2) == 0 { Decision::Approved } else { Decision::Returned };
                let value = json!({
                    "command": "declaration_decide", "dwelling": dwelling, "decision": decision,
                    "words": format!("lời {mark}")
                });
                (format!("decides on a home {mark}"), value, Some((mark, dwelling, "decision".into())))
            }
        };
        Some(Deed { words, command: command(value), entry })
    }

    fn photo(&mut self, device: usize, inspection: DocumentId, item: &str, random: &mut SeededRandom) -> Option<Deed> {
        let side = 24 + random.below(40) as u32;
        let file = tests::photo::jpeg(&tests::photo::picture(side, side, random.next_u64()));
        // What is kept is made of the file on the way: only its answer names the photo.
        let before = self.devices[device].files();
        let added = command(json!({
            "command": "photo_add", "inspection": inspection, "item": item, "file_name": "a.jpg",
            "data_base64": STANDARD.encode(file)
        }));
        let seen = |view: &ItemView| view.photos.iter().map(|photo| photo.detail.hash.to_string()).collect::<Vec<_>>();
        match self.devices[device].ask::<ItemView>(added) {
            Ok(view) => {
                for hash in seen(&view) {
                    let (mark, key) = (photo_mark(&hash), format!("photo {hash}"));
                    let known = self.ledger.entries.iter().any(|entry| entry.mark == mark);
                    if !known {
                        let whole = random.below(6) > 0 || self.devices[device].crash(&before, random);
                        self.ledger.note(mark, Some(device), (inspection, key), whole);
                        let name = self.devices[device].name.clone();
                        self.tell(format_args!("{name}: a photo {} {whole}", &hash[..8]));
                    }
                }
            }
            Err(problem) => self.tell(format_args!("no photo: {}", problem.known_code().code())),
        }
        None
    }

    fn settle(&mut self, device: usize, random: &mut SeededRandom) -> Option<Deed> {
        let clashes: Vec<Clash> = self.devices[device].ask(Command::Clashes).ok()?;
        let clash = clashes.get(random.below(clashes.len()))?;
        let chosen = clash.values.get(random.below(clash.values.len()))?;
        let value = json!({
            "command": "clash_settle", "document": clash.document, "key": clash.key, "operation": chosen.operation
        });
        Some(Deed { words: format!("settles {}", clash.key), command: command(value), entry: None })
    }

    fn heads_deed(&mut self, random: &mut SeededRandom) -> Deed {
        if random.below(3) == 0 {
            return Deed { words: "submits".into(), command: Command::DeclarationSubmit, entry: None };
        }
        let mark = self.next_mark();
        // One home a device.
        let place = DocumentId::from_bytes([0; 16]);
        let declaration = Declaration {
            address: "12 phố Khương Hạ".into(),
            head_name: format!("Chủ hộ {mark}"),
            help_note: String::new(),
            storeys: Some(4),
            exits: "Cửa chính".into(),
            residents: Some(random.below(9) as u32),
            ..empty_declaration()
        };
        let words = format!("declares {mark}");
        Deed { words, command: Command::DeclarationSave { declaration }, entry: Some((mark, place, "head".into())) }
    }

    /// A supervisor hands premises over to another ward, whoever works there.
    pub(crate) fn hand_over(&mut self, random: &mut SeededRandom) -> Verdict {
        let Some((facility, _)) = pick(&self.facilities, random) else { return Ok(()) };
        self.hand_over_to(facility, ward(random.below(self.wards)))
    }

    /// A supervisor hands over once more what a restored server does not know to be handed over.
    pub(crate) fn hand_over_again(&mut self) -> Verdict {
        for (facility, to) in self.handed_over.clone() {
            let lies = self.city.read(move |transaction| Ok(transaction.document(facility)?.map(|row| row.unit)));
            if lies.is_some_and(|unit| unit != to) {
                self.hand_over_to(facility, to)?;
            }
        }
        Ok(())
    }

    fn hand_over_to(&mut self, facility: DocumentId, to: UnitId) -> Verdict {
        let (app, reviewer) = (self.city.app().clone(), self.reviewer.id);
        let now = app.now();
        let caller = self.city.read(move |transaction| Caller::load(transaction, reviewer, None, now));
        let Some(caller) = caller else { return Err("the supervisor is gone".into()) };
        let made = self.city.wait(handover::hand_over(&app, caller, facility, to, "Chia lại địa bàn".into()));
        let said = made.as_ref().map_or_else(code_of, |_| "handed over");
        self.tell(format_args!("the supervisor hands premises over: {said}"));
        if made.is_ok() {
            self.handed_over.insert(facility, to);
        }
        match made {
            Err(refused) if !matches!(refused.0.known_code(), ErrorCode::NotFound | ErrorCode::FieldInvalid) => {
                Err(format!("premises cannot be handed over: {refused:?}"))
            }
            _ => Ok(()),
        }
    }

    /// A reviewer decides on an inspection.
    pub(crate) fn browser(&mut self, random: &mut SeededRandom) -> Verdict {
        let Some(inspection) = pick(&self.inspections, random) else { return Ok(()) };
        let (app, reviewer) = (self.city.app().clone(), self.reviewer.id);
        let now = app.now();
        let caller = self.city.read(move |transaction| Caller::load(transaction, reviewer, None, now));
        let Some(caller) = caller else { return Err("the reviewer is gone".into()) };
        let mark = self.next_mark();
        let parts = self.city.read(move |transaction| {
            let state = transaction.inspection(inspection)?.map(|row| row.summary.state);
            Ok((state, transaction.supplements_of(inspection)?))
        });
        let (Some(InspectionState::Completed | InspectionState::Supplemented), supplements) = parts else {
            return Ok(());
        };
        let on = pick(&supplements, random).unwrap_or(inspection);
        let decision = if random.below(3) == 0 { Decision::Approved } else { Decision::Returned };
        let new = NewDecision {
            decision,
            on,
            words: format!("lời {mark}"),
            comments: vec![("A-2".into(), "Xem lại".into())],
            unanswered: Vec::new(),
            seen: None,
        };
        let decided = self.city.wait(decision::decide(&app, caller, inspection, new));
        let said = decided.as_ref().map_or_else(code_of, |_| "decided");
        self.tell(format_args!("the reviewer decides {decision:?} {mark}: {said}"));
        if decided.is_ok() {
            self.ledger.note(mark, None, (inspection, format!("decision {on}")), true);
        }
        Ok(())
    }
}

fn empty_declaration() -> Declaration {
    Declaration {
        address: String::new(),
        apartment_code: String::new(),
        head_name: String::new(),
        head_phone: String::new(),
        house_template: Some("mini_apartment".to_owned()),
        storeys: None,
        apartments: None,
        exits: String::new(),
        residents: None,
        elderly: None,
        children_under_6: None,
        need_help: None,
        help_note: String::new(),
    }
}
