//! Writes the UI's TypeScript types from ours, into one file: `export-types FILE`; and what it must know before it asks.
//!
//! Invariant: the same types give the same bytes, so `make check` can tell whether the file in the tree is the right one.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use ancu_field::api::{self, no_room_for_photo};
use ancu_field::photos::MAX_FILE_BYTES;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::record::promise::LONGEST_TERM_YEARS;
use ancu_shared::sync::wire::{MAX_DEVICE_NAME_CHARS, MAX_PERSON_NAME_CHARS};
use ancu_shared::template::Template;
use ancu_shared::view;
use anyhow::Context as _;
use ts_rs::{Config, TS, TypeVisitor};

struct Collector<'a> {
    config: &'a Config,
    seen: HashSet<TypeId>,
    declarations: BTreeMap<String, String>,
}

impl TypeVisitor for Collector<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Primitives and library types have no path of their own: nothing to declare, but perhaps something inside.
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            self.declarations.insert(T::ident(self.config), T::decl(self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn main() -> anyhow::Result<()> {
    let target = std::env::args().nth(1).context("usage: export-types FILE")?;
    let config = Config::new().with_large_int("number");
    let mut collector = Collector { config: &config, seen: HashSet::new(), declarations: BTreeMap::new() };
    collector.visit::<Problem>();
    collector.visit::<Template>();
    collector.visit::<view::InspectionView>();
    collector.visit::<view::InspectionSummary>();
    collector.visit::<view::FacilitySheet>();
    collector.visit::<view::DwellingView>();
    collector.visit::<view::Clash>();
    collector.visit::<view::HistoryEntry>();
    collector.visit::<view::MissingItem>();
    collector.visit::<view::FindingView>();
    collector.visit::<view::MeasuresView>();
    collector.visit::<view::MeasureSummary>();
    collector.visit::<ancu_shared::measures::MeasureNote>();
    collector.visit::<view::Page<view::FindingSummary>>();
    collector.visit::<view::PhotoRequest>();
    collector.visit::<view::Page<view::FacilitySummary>>();
    collector.visit::<api::Command>();
    collector.visit::<api::QrText>();
    collector.visit::<api::Picture>();
    collector.visit::<ancu_field::status::DeviceStatus>();
    collector.visit::<ancu_field::courier::FilePiece>();
    collector.visit::<ancu_field::courier::Taken>();
    collector.visit::<ancu_field::courier::Written>();
    collector.visit::<ancu_field::near::NearFound>();
    collector.visit::<ancu_field::near::NearMet>();
    collector.visit::<ancu_field::near::NearStatus>();
    collector.visit::<ancu_field::enrol::EnrolPreview>();
    collector.visit::<ancu_field::records::answer::Answered>();
    collector.visit::<ancu_field::store::drafts::NoteDraft>();
    collector.visit::<ancu_field::records::dwelling::Invited>();
    collector.visit::<ancu_field::records::form::FacilityDraft>();
    collector.visit::<ancu_field::records::finding::ReinspectionPlan>();
    collector.visit::<ancu_field::records::finish::FinishCheck>();
    collector.visit::<ancu_field::records::plan::InspectionPlan>();
    collector.visit::<ancu_field::print::Paper>();
    collector.visit::<ancu_field::print::Checked>();
    collector.visit::<ancu_field::records::today::Today>();
    collector.visit::<ancu_field::store::outbox::QuarantinedItem>();

    let mut text = String::from(
        "// Generated from the Rust types by `make generated`; `make check` fails if it differs. Not edited by hand.\n",
    );
    for declaration in collector.declarations.values() {
        write!(text, "\nexport {declaration}\n")?;
    }
    // Limits that the UI holds to itself, and the problems that it tells then: the same numbers and words as the engine's.
    writeln!(text, "\nexport const MAX_PHOTO_FILE_BYTES = {MAX_FILE_BYTES};")?;
    writeln!(text, "\nexport const LONGEST_TERM_YEARS = {LONGEST_TERM_YEARS};")?;
    writeln!(text, "\nexport const MAX_DEVICE_NAME_CHARS = {MAX_DEVICE_NAME_CHARS};")?;
    writeln!(text, "\nexport const MAX_PERSON_NAME_CHARS = {MAX_PERSON_NAME_CHARS};")?;
    for (name, problem) in [
        ("photoTooLarge", Problem::new(ErrorCode::PhotoTooLarge)),
        ("photoUnreadable", Problem::new(ErrorCode::PhotoUnreadable)),
        ("photoNoRoom", no_room_for_photo()),
    ] {
        let problem = serde_json::to_string(&problem)?;
        writeln!(text, "\nexport const {name}: Problem = {problem};")?;
    }
    std::fs::write(&target, text).with_context(|| format!("writing {target}"))?;
    Ok(())
}
