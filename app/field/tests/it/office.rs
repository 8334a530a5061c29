//! Devices for the tests: engines with a given clock, a seeded random source and the city in memory.

use std::path::Path;
use std::sync::Arc;

use ancu_field::api::Command;
use ancu_field::keyring::Cost;
use ancu_field::records::dwelling::Invited;
use ancu_field::records::finish::FinishCheck;
use ancu_field::records::today::Today;
use ancu_field::{Engine, Surroundings};
use ancu_shared::clock::{FixedClock, SeededRandom, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::reading;
use ancu_shared::record::register::{Answer, Severity, Verdict};
use ancu_shared::role::Role;
use ancu_shared::template::{Comparison, Group, Input, Item, PhotoRule, Rules, Template, Threshold, Words};
use ancu_shared::view::{Clash, InspectionView, ItemView};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::city::{City, NOON};

pub(crate) const PIN: &str = "270914";

pub(crate) fn words(text: &str) -> Words {
    Words { vi: text.into(), en: text.into() }
}

pub(crate) fn item(code: &str, input: Input, photo: PhotoRule, required: bool) -> Item {
    let (severity, remedy) = (Severity::Major, words("Khắc phục"));
    let survey = !matches!(input, Input::Verdict);
    let (hint, rules, citations, suggestion) = (Words::default(), Rules::default(), vec![], None);
    let (code, title) = (code.into(), words(code));
    Item { code, survey, title, hint, input, severity, photo, required, remedy, citations, rules, suggestion }
}

/// Three checks, a number and a text.
pub(crate) fn template() -> Template {
    let number = Input::Number {
        unit: words("m"),
        min: Some(0.0),
        max: Some(20.0),
        whole: false,
        step: None,
        threshold: Some(Threshold { comparison: Comparison::AtLeast, value: 0.9, verified: true }),
    };
    Template {
        schema: 1,
        advisory: false,
        code: "mini_apartment".into(),
        version: "test-1".into(),
        title: words("Mẫu thử"),
        notice: words(""),
        groups: vec![Group {
            code: "ESC".into(),
            title: words("Thoát nạn"),
            relevant: None,
            within: None,
            items: vec![
                item("ESC-01", Input::Verdict, PhotoRule::OnFail, true),
                item("ESC-02", Input::Verdict, PhotoRule::Optional, true),
                item("ESC-03", Input::Verdict, PhotoRule::Optional, false),
                item("ESC-W", number, PhotoRule::Optional, false),
                item("ESC-T", Input::Text, PhotoRule::Optional, false),
            ],
        }],
        outline: vec![],
        tables: vec![],
        citations: vec![],
    }
}

/// What the head of that household declares.
pub(crate) fn declaration() -> serde_json::Value {
    json!({
        "address": "112 ngách 58/24 Khương Hạ", "apartment_code": "P.302", "head_name": "Lê Thị Hoa",
        "head_phone": "0912 345 678", "house_template": "mini_apartment", "storeys": 6, "apartments": 12, "exits": "Mái",
        "residents": 4, "elderly": 1, "children_under_6": 0, "need_help": 0, "help_note": "",
    })
}

/// An engine of a folder, not enrolled or locked.
pub(crate) fn engine_at(folder: &Path, city: &City, now: UtcMillis, seed: u64) -> Engine {
    let surroundings = Surroundings {
        clock: Arc::new(FixedClock(now)),
        random: Box::new(SeededRandom::new(seed)),
        connect: Arc::new(city.clone()),
        cost: Cost { memory_kib: 64, passes: 1 },
        automatic: false,
    };
    Engine::with(folder, surroundings).expect("engine")
}

/// A device with its folder.
pub(crate) struct Device {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) engine: Engine,
    seed: u64,
    now: UtcMillis,
    city: City,
}

impl Device {
    /// An officer's device, enrolled.
    pub(crate) fn officer(city: &City, name: &str, seed: u64) -> Self {
        Self::officer_at(city, name, seed, NOON)
    }

    /// An officer's device whose clock says this.
    pub(crate) fn officer_at(city: &City, name: &str, seed: u64, now: UtcMillis) -> Self {
        let device = Self::fresh(city, seed, now);
        let link = city.link(name, Role::CommuneDataOfficer, &format!("OFFICER-{seed}"));
        let enrol = Command::Enrol { link, pin: PIN.into(), device_name: format!("Máy {name}"), person_name: None };
        device.engine.dispatch(enrol).expect("enrol");
        device.sync();
        device
    }

    /// The device of a household head, whom an officer invited into premises: the officer's, the premises, the head's.
    pub(crate) fn household(city: &City) -> (Self, DocumentId, Self) {
        let officer = Self::officer(city, "An", 1);
        let facility = officer.premises("Chung cư mini Hòa Bình", "112 ngách 58/24 phố Khương Hạ");
        officer.sync();
        let invited: Invited = officer.tell(json!({ "command": "invite", "facility": facility }));
        let head = Self::fresh(city, 5, NOON);
        head.tell::<serde_json::Value>(json!({
            "command": "enrol", "link": invited.link, "pin": PIN, "device_name": "Điện thoại chị Hoa",
            "person_name": "Lê Thị Hoa",
        }));
        (officer, facility, head)
    }

    /// A device that nobody enrolled.
    pub(crate) fn fresh(city: &City, seed: u64, now: UtcMillis) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let engine = engine_at(folder.path(), city, now, seed);
        Self { folder, engine, seed, now, city: city.clone() }
    }

    /// Ends the process without a word and starts it again.
    pub(crate) fn crash(self) -> Self {
        let now = self.now;
        self.reopened(now, PIN)
    }

    /// Ends the process and starts it again, with this PIN, when its clock says this.
    pub(crate) fn reopened(self, now: UtcMillis, pin: &str) -> Self {
        let Self { folder, engine, seed, city, .. } = self;
        drop(engine);
        let engine = engine_at(folder.path(), &city, now, seed + 1_000);
        engine.unlock(pin).expect("unlock");
        Self { folder, engine, seed: seed + 1_000, now, city }
    }

    /// Ends the process and starts it again when its clock says this.
    pub(crate) fn reopen_at(self, now: UtcMillis) -> Self {
        Self { now, ..self }.crash()
    }

    /// Copies the device's folder as it is: both go on as the same device.
    pub(crate) fn twin(self) -> (Self, Self) {
        let Self { folder, engine, seed, now, city } = self;
        drop(engine);
        let copy = tempfile::tempdir().expect("folder");
        for file in std::fs::read_dir(folder.path()).expect("list") {
            let file = file.expect("file");
            std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("copy");
        }
        let begin = |folder: tempfile::TempDir, seed: u64| {
            let engine = engine_at(folder.path(), &city, now, seed);
            engine.unlock(PIN).expect("unlock");
            Self { folder, engine, seed, now, city: city.clone() }
        };
        (begin(folder, seed + 2_000), begin(copy, seed + 3_000))
    }

    /// A command, as JSON of the wire, and its answer.
    pub(crate) fn ask<T: DeserializeOwned>(&self, command: serde_json::Value) -> Result<T, Problem> {
        let command: Command = reading::read_value(&command)?;
        let value = self.engine.dispatch(command)?;
        Ok(serde_json::from_value(value).expect("answer"))
    }

    /// As [`Device::ask`], for what must go well.
    pub(crate) fn tell<T: DeserializeOwned>(&self, command: serde_json::Value) -> T {
        self.ask(command.clone()).unwrap_or_else(|problem| panic!("{command}: {problem} {:?}", problem.details))
    }

    /// The code of what must fail.
    pub(crate) fn refused(&self, command: serde_json::Value) -> ErrorCode {
        self.ask::<serde_json::Value>(command.clone()).expect_err(&command.to_string()).known_code()
    }

    /// Exchanges; the problem, if there was one.
    pub(crate) fn try_sync(&self) -> Option<Problem> {
        self.engine.exchange_wait().expect("open");
        self.engine.status().expect("status").exchange.problem
    }

    /// Exchanges, without any problem.
    pub(crate) fn sync(&self) {
        assert_eq!(self.try_sync(), None);
    }

    /// Creates premises.
    pub(crate) fn premises(&self, name: &str, address: &str) -> DocumentId {
        let fields = json!({ "name": name, "class": "mini_apartment", "address": address, "storeys": 6 });
        let sheet: ancu_shared::view::FacilitySheet =
            self.tell(json!({ "command": "facility_create", "fields": fields }));
        sheet.summary.id
    }

    /// Begins an inspection.
    pub(crate) fn inspect(&self, facility: DocumentId) -> DocumentId {
        let view: InspectionView = self.tell(json!({ "command": "inspection_start", "facility": facility }));
        view.summary.id
    }

    /// Answers a check.
    pub(crate) fn verdict(&self, inspection: DocumentId, item: &str, verdict: Verdict, note: &str) {
        let answer = Answer::Verdict(verdict);
        let command =
            json!({ "command": "answer", "inspection": inspection, "item": item, "answer": answer, "note": note });
        self.tell::<serde_json::Value>(command);
    }

    /// Lets the checks that must be answered pass.
    pub(crate) fn pass_required(&self, inspection: DocumentId) {
        for item in ["ESC-01", "ESC-02"] {
            self.verdict(inspection, item, Verdict::Pass, "");
        }
    }

    /// What is told before signing.
    pub(crate) fn finish_check(&self, inspection: DocumentId) -> FinishCheck {
        self.tell(json!({ "command": "finish_check", "id": inspection }))
    }

    /// Signs an inspection, or the supplement that was begun to it.
    pub(crate) fn finish(&self, inspection: DocumentId) -> InspectionView {
        self.tell(json!({ "command": "inspection_finish", "id": inspection }))
    }

    /// Begins a supplement.
    pub(crate) fn supplement(&self, inspection: DocumentId) -> InspectionView {
        self.tell(json!({ "command": "supplement_begin", "id": inspection }))
    }

    /// The first screen.
    pub(crate) fn today(&self) -> Today {
        self.tell(json!({ "command": "today" }))
    }

    /// What is to be settled.
    pub(crate) fn clashes(&self) -> Vec<Clash> {
        self.tell(json!({ "command": "clashes" }))
    }

    /// The inspection as this device shows it.
    pub(crate) fn open(&self, inspection: DocumentId) -> InspectionView {
        self.tell(json!({ "command": "inspection_open", "id": inspection }))
    }

    /// One item of it.
    pub(crate) fn item(&self, inspection: DocumentId, code: &str) -> ItemView {
        let view = self.open(inspection);
        view.items.into_iter().find(|item| item.code == code).unwrap_or_else(|| panic!("{code} is not there"))
    }

    /// What is unsent.
    pub(crate) fn unsent(&self) -> ancu_field::store::outbox::Unsent {
        self.engine.status().expect("status").unsent
    }
}
