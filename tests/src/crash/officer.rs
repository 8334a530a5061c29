//! An officer at a real engine: enters answers, findings, photos, premises; exchanges; and remembers what was said to be saved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use ancu_field::keyring::Keyring;
use ancu_field::store::Store;
use ancu_shared::clock::{SeededRandom, UtcMillis};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Summary;
use crate::device::{Bridge, Device, PIN, Sender};
use crate::photo;
use crate::story::verdicts;

/// Entries in one inspection; then another is begun.
const ENTRIES: u32 = 60;

/// A place in an inspection where something was entered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) inspection: String,
    pub(super) item: String,
    pub(super) finding: bool,
}

/// What may stand at a place.
#[derive(Debug, Clone, Default)]
struct Entry {
    /// What was acknowledged last.
    saved: Option<String>,
    /// What was sent after that, without an answer.
    unheard: Option<String>,
}

/// The officer and their own book.
#[derive(Debug)]
pub(super) struct Officer {
    random: SeededRandom,
    /// Numbers everything entered, so that it is found again wherever it went.
    number: u64,
    current: Option<(String, Vec<String>)>,
    left: u32,
    entries: BTreeMap<Place, Entry>,
    /// Where each mark was entered, acknowledged or not.
    pub(super) marks: BTreeMap<String, Place>,
    photos: BTreeMap<(String, String), BTreeSet<String>>,
    /// Photos by their hashes; those not looked at again since they were saved.
    unseen: Vec<String>,
    /// A photo that was sent without an answer: where.
    unheard_photo: Option<(String, String)>,
    premises: BTreeMap<String, Option<String>>,
    /// What the engine said to be at the server.
    pub(super) sent: BTreeSet<String>,
    pub(super) sent_photos: BTreeSet<String>,
    saved: u64,
    all_sent: u64,
}

impl Officer {
    pub(super) fn new(random: &mut SeededRandom) -> Self {
        Self {
            random: SeededRandom::new(random.next_u64()),
            number: 0,
            current: None,
            left: 0,
            entries: BTreeMap::new(),
            marks: BTreeMap::new(),
            photos: BTreeMap::new(),
            unseen: Vec::new(),
            unheard_photo: None,
            premises: BTreeMap::new(),
            sent: BTreeSet::new(),
            sent_photos: BTreeSet::new(),
            saved: 0,
            all_sent: 0,
        }
    }

    /// Works until the engine dies or everybody is to stop; each acknowledgement is told.
    pub(super) fn work(&mut self, engine: &Sender, stop: &AtomicBool, told: &mpsc::Sender<()>) -> Result<(), String> {
        while !stop.load(Ordering::SeqCst) {
            match self.step(engine)? {
                None => return Ok(()),
                // Who waits for acknowledgements may have heard enough.
                Some(()) => drop(told.send(())),
            }
        }
        Ok(())
    }

    /// One entry; `None`: the engine died.
    fn step(&mut self, engine: &Sender) -> Result<Option<()>, String> {
        if self.left == 0 || self.current.is_none() {
            return self.begin(engine);
        }
        let Some((inspection, items)) = self.current.clone() else { return Ok(Some(())) };
        let item = items[self.random.below(items.len())].clone();
        match self.random.below(100) {
            0..70 => self.enter(engine, Place { inspection, item, finding: false }),
            // A finding is shown where the check failed.
            70..76 => {
                let answer = Place { inspection: inspection.clone(), item: item.clone(), finding: false };
                let finding = self.entries.get(&answer).is_some_and(|entry| entry.saved.is_some());
                self.enter(engine, Place { inspection, item, finding })
            }
            76..82 => self.photograph(engine, inspection, item),
            82..89 => said(engine.try_send(&json!({ "command": "section_leave", "inspection": inspection })), &[]),
            89..95 => said(engine.try_send(&json!({ "command": "exchange" })), &[]),
            _ => self.exchange(engine),
        }
    }

    fn begin(&mut self, engine: &Sender) -> Result<Option<()>, String> {
        self.number += 1;
        let name = format!("Nhà trọ #{}#", self.number);
        self.premises.insert(name.clone(), None);
        let fields = json!({ "name": name, "class": "mini_apartment", "address": "Số 7 ngõ 29 Khương Hạ" });
        let Some(made) = answer(engine.try_send(&json!({ "command": "facility_create", "fields": fields })))? else {
            return Ok(None);
        };
        self.saved += 1;
        let facility = text(&made["summary"]["id"])?;
        self.premises.insert(name, Some(facility.clone()));
        let command = json!({ "command": "inspection_start", "facility": facility });
        let Some(begun) = answer(engine.try_send(&command))? else { return Ok(None) };
        self.saved += 1;
        let inspection = text(&begun["summary"]["id"])?;
        if self.current.is_none() {
            let of = &begun["summary"]["template"];
            let command = json!({ "command": "template", "code": of["code"], "version": of["version"] });
            let Some(template) = answer(engine.try_send(&command))? else { return Ok(None) };
            let template = serde_json::from_value(template).map_err(|error| error.to_string())?;
            self.current = Some((inspection.clone(), verdicts(&template)));
        }
        if let Some((current, _)) = &mut self.current {
            *current = inspection;
        }
        self.left = ENTRIES;
        Ok(Some(()))
    }

    fn enter(&mut self, engine: &Sender, place: Place) -> Result<Option<()>, String> {
        self.number += 1;
        let mark = format!("#{}#", self.number);
        let command = if place.finding {
            json!({
                "command": "finding", "inspection": place.inspection, "item": place.item, "severity": "minor",
                "remedy": format!("khắc phục {mark}"),
            })
        } else {
            json!({
                "command": "answer", "inspection": place.inspection, "item": place.item,
                "answer": { "kind": "verdict", "value": "fail" },
                "note": format!("ghi tại chỗ {mark}"),
            })
        };
        self.marks.insert(mark.clone(), place.clone());
        let entry = self.entries.entry(place).or_default();
        entry.unheard = Some(mark);
        if answer(engine.try_send(&command))?.is_none() {
            return Ok(None);
        }
        entry.saved = entry.unheard.take();
        self.saved += 1;
        self.left -= 1;
        Ok(Some(()))
    }

    fn photograph(&mut self, engine: &Sender, inspection: String, item: String) -> Result<Option<()>, String> {
        self.number += 1;
        let picture = photo::camera_jpeg(320, 240, self.number, 1, None);
        let command = json!({
            "command": "photo_add", "inspection": inspection, "item": item, "file_name": "anh.jpg",
            "data_base64": STANDARD.encode(picture),
        });
        let place = (inspection, item);
        self.unheard_photo = Some(place.clone());
        let Some(view) = answer(engine.try_send(&command))? else { return Ok(None) };
        self.unheard_photo = None;
        let known = self.photos.entry(place).or_default();
        let new: Vec<String> = hashes(&view)?.difference(known).cloned().collect();
        let [hash] = &new[..] else { return Err(format!("one photo was added and {} are new", new.len())) };
        known.insert(hash.clone());
        self.unseen.push(hash.clone());
        self.saved += 1;
        self.left -= 1;
        Ok(Some(()))
    }

    /// Exchanges to the end. Where the engine then says that all is sent, it is held to that.
    fn exchange(&mut self, engine: &Sender) -> Result<Option<()>, String> {
        let Some(ended) = engine.try_send(&json!({ "command": "exchange_wait" })) else { return Ok(None) };
        let status = ended.map_err(|refused| format!("exchange: {refused:?}"))?;
        self.hear(&status);
        Ok(Some(()))
    }

    fn hear(&mut self, status: &Value) {
        if status["safe_to_wipe"] == true {
            self.all_sent += 1;
            self.sent.extend(self.entries.values().filter_map(|entry| entry.saved.clone()));
            self.sent_photos.extend(self.photos.values().flatten().cloned());
        }
    }

    /// Looks at everything entered in the current inspection, at photos and premises, and takes over what a kill left open.
    pub(super) fn check(&mut self, engine: &Bridge, summary: &mut Summary) -> Result<(), String> {
        (summary.saved, summary.all_sent) = (self.saved, self.all_sent);
        let status = engine.try_call(&json!({ "command": "status" })).map_err(|refused| format!("{refused:?}"))?;
        if status["unsent"]["quarantined"] != 0 {
            return Err(format!("the server keeps the officer's work aside: {status}"));
        }
        if let Some((inspection, _)) = self.current.clone() {
            self.check_inspection(engine, &inspection, summary)?;
        }
        for hash in std::mem::take(&mut self.unseen) {
            check_photo(engine, &hash)?;
        }
        self.check_premises(engine, summary)
    }

    fn check_inspection(&mut self, engine: &Bridge, inspection: &str, summary: &mut Summary) -> Result<(), String> {
        let view = engine
            .try_call(&json!({ "command": "inspection_open", "id": inspection }))
            .map_err(|refused| format!("{inspection}: {refused:?}"))?;
        let mut found = BTreeMap::new();
        for item in view["items"].as_array().ok_or("a view without items")? {
            let code = text(&item["code"])?;
            let statements = item["statements"].as_array().map_or(&[][..], Vec::as_slice);
            let place = |finding| Place { inspection: inspection.to_owned(), item: code.clone(), finding };
            match statements {
                [] => {}
                [one] => drop(found.insert(place(false), mark_in(&one["note"])?)),
                more => return Err(format!("{code}: one officer said {} things at once", more.len())),
            }
            if !item["finding"].is_null() {
                found.insert(place(true), mark_in(&item["finding"]["remedy"])?);
            }
            self.check_photos(inspection, &code, hashes(item)?, summary)?;
        }
        let here = |place: &Place| place.inspection == inspection;
        for (place, entry) in self.entries.iter_mut().filter(|(place, _)| here(place)) {
            let there = found.remove(place);
            let unheard = entry.unheard.take();
            if there.is_some() && there == unheard {
                summary.unheard += 1;
                entry.saved = unheard;
            }
            if entry.saved != there {
                return Err(format!("lost: at {place:?} stands {there:?}, and {:?} was saved", entry.saved));
            }
        }
        match found.into_iter().next() {
            Some((place, mark)) => Err(format!("invented: {mark} at {place:?}")),
            None => Ok(()),
        }
    }

    fn check_photos(
        &mut self,
        inspection: &str,
        item: &str,
        found: BTreeSet<String>,
        summary: &mut Summary,
    ) -> Result<(), String> {
        let place = (inspection.to_owned(), item.to_owned());
        let unheard = usize::from(self.unheard_photo.as_ref() == Some(&place));
        let known = self.photos.entry(place).or_default();
        if let Some(hash) = known.difference(&found).next() {
            return Err(format!("lost: photo {hash} at {item}"));
        }
        let new: Vec<String> = found.difference(known).cloned().collect();
        if new.len() > unheard {
            return Err(format!("invented: photos {new:?} at {item}"));
        }
        summary.unheard += new.len() as u64;
        self.unseen.extend(new.iter().cloned());
        known.extend(new);
        Ok(())
    }

    fn check_premises(&mut self, engine: &Bridge, summary: &mut Summary) -> Result<(), String> {
        self.unheard_photo = None;
        let newest: Vec<String> = self.premises.keys().cloned().collect();
        for name in newest.into_iter().rev().take(3) {
            let listed = engine
                .try_call(&json!({ "command": "facility_list", "query": name, "offset": 0, "limit": 100 }))
                .map_err(|refused| format!("{name}: {refused:?}"))?;
            let items = listed["items"].as_array().ok_or("a list")?;
            let found: Vec<String> = items
                .iter()
                .filter(|it| it["name"] == name.as_str())
                .map(|it| text(&it["id"]))
                .collect::<Result<_, _>>()?;
            let known = self.premises.entry(name.clone()).or_default();
            match (&known, &found[..]) {
                (Some(id), [one]) if id == one => {}
                (None, []) => {}
                (None, [one]) => {
                    summary.unheard += 1;
                    *known = Some(one.clone());
                }
                _ => return Err(format!("premises {name}: {known:?} was saved, {found:?} is there")),
            }
        }
        Ok(())
    }

    /// In peace: everything goes out.
    pub(super) fn finish(&mut self, engine: &Bridge) -> Result<(), String> {
        let status = engine
            .try_call(&json!({ "command": "exchange_wait" }))
            .map_err(|refused| format!("the last exchange: {refused:?}"))?;
        if status["safe_to_wipe"] != true {
            return Err(format!("after an exchange in peace something is left: {status}"));
        }
        self.hear(&status);
        let inspections: BTreeSet<String> = self.entries.keys().map(|place| place.inspection.clone()).collect();
        let mut summary = Summary::default();
        for inspection in inspections {
            self.check_inspection(engine, &inspection, &mut summary)?;
        }
        for hash in self.photos.values().flatten() {
            check_photo(engine, hash)?;
        }
        Ok(())
    }
}

fn check_photo(engine: &Bridge, hash: &str) -> Result<(), String> {
    let picture = engine
        .try_call(&json!({ "command": "photo_read", "hash": hash, "size": "full" }))
        .map_err(|refused| format!("lost: the bytes of photo {hash}: {refused:?}"))?;
    let bytes = STANDARD.decode(text(&picture["data_base64"])?).map_err(|error| error.to_string())?;
    if hex::encode(Sha256::digest(&bytes)) == hash { Ok(()) } else { Err(format!("photo {hash} has other bytes")) }
}

/// Whether the device's files are sound by the database's own word. The engine must be gone.
pub(super) fn sound(device: &Device) -> Result<(), String> {
    let key = Keyring::in_folder(device.folder()).open(PIN).map_err(|fault| fault.to_string())?;
    let store = Store::open(device.folder(), &key, UtcMillis(0)).map_err(|fault| fault.to_string())?;
    for file in [&store.main, &store.photos] {
        let said: String =
            file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(|error| error.to_string())?;
        if said != "ok" {
            return Err(format!("the device's store: {said}"));
        }
    }
    Ok(())
}

type Reply = Option<Result<Value, crate::device::Refused>>;

/// The value; `None` of an engine that died.
fn answer(reply: Reply) -> Result<Option<Value>, String> {
    reply.transpose().map_err(|refused| format!("the engine refused: {refused:?}"))
}

/// Whether it answered, with success or one of these codes.
fn said(reply: Reply, codes: &[&str]) -> Result<Option<()>, String> {
    match reply {
        Some(Err(refused)) if !codes.contains(&refused.code()) => Err(format!("the engine refused: {refused:?}")),
        other => Ok(other.map(|_| ())),
    }
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("a text was expected, not {value}"))
}

/// The hashes of an item's photos.
fn hashes(item: &Value) -> Result<BTreeSet<String>, String> {
    item["photos"].as_array().map_or(&[][..], Vec::as_slice).iter().map(|photo| text(&photo["hash"])).collect()
}

/// The `#17#` in a text.
fn mark_in(value: &Value) -> Result<String, String> {
    let whole = text(value)?;
    let number = whole.split('#').nth(1).ok_or_else(|| format!("invented: {whole:?}"))?;
    Ok(format!("#{number}#"))
}
