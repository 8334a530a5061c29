//! The end of the world: everything is put right, everybody exchanges until nothing moves, and then it must all be there.

use std::collections::{BTreeMap, BTreeSet};

use ancu_field::api::Command;
use ancu_field::records::holdings::Holding;
use ancu_field::store::outbox::QuarantinedItem;
use ancu_shared::clock::SeededRandom;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::value::Cell;
use ancu_sync_server::service::access::Caller;
use ancu_sync_server::service::{quarantine, verify};
use ancu_sync_server::store::rows::Slice;

use crate::device::{Device, Holder, Standing};
use crate::world::{Verdict, World};

/// More rounds of exchange than any world needs.
const MOST_ROUNDS: usize = 12;

impl World {
    /// Puts everything right and judges.
    pub(crate) fn judge(&mut self, random: &mut SeededRandom) -> Verdict {
        self.tell("everything is put right");
        for device in 0..self.devices.len() {
            self.free(device);
            self.finish(device, random)?;
        }
        for request in std::mem::take(&mut self.late) {
            self.city.handle(&request, None);
        }
        self.heads_submit();
        let releases = random.below(2) == 0;
        self.quieten(releases, random)?;
        // What waits for something that is kept aside waits for a supervisor, and was never said to have arrived.
        let waits = (0..self.devices.len())
            .filter(|it| self.is_inside(*it))
            .any(|it| self.devices[it].status().unsent.waiting > 0);
        if waits && !releases {
            self.quieten(true, random)?;
        }
        self.all_is_sent()?;
        self.nothing_is_lost()?;
        self.feeds_have_no_holes()?;
        self.the_store_is_sound()?;
        self.everybody_holds_the_same()?;
        self.no_failure_is_silenced()?;
        self.only_what_is_signed_is_sealed()?;
        self.quarantine_is_seen()
    }

    /// What a head does not submit stays on the head's device, and is in nobody's keeping but the head's.
    fn heads_submit(&self) {
        let enrolled = |it: &&Device| matches!(it.standing, Standing::Enrolled | Standing::Revoked);
        for device in self.devices.iter().filter(|it| it.holder == Holder::Citizen).filter(enrolled) {
            // Refused where nothing was declared.
            let _ = device.tell(Command::DeclarationSubmit);
        }
    }

    /// Everybody exchanges until nothing moves any more.
    fn quieten(&mut self, releases: bool, random: &mut SeededRandom) -> Verdict {
        let mut before = None;
        for _ in 0..MOST_ROUNDS {
            for device in 0..self.devices.len() {
                self.settle_down(device, random)?;
            }
            self.hand_over_again()?;
            if releases {
                self.release_all()?;
            }
            let now = self.picture();
            if before.as_ref() == Some(&now) {
                return Ok(());
            }
            before = Some(now);
        }
        Err("the exchange does not come to rest".into())
    }

    /// One good exchange of a device that is still in use.
    fn settle_down(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        match self.devices[device].standing {
            Standing::Wiped => return Ok(()),
            Standing::Fresh => {
                if self.devices[device].problem.is_none() || random.below(2) == 0 {
                    self.devices[device].enrol();
                    self.go_on(device, random)?;
                    self.finish(device, random)?;
                }
                return Ok(());
            }
            Standing::Enrolled | Standing::Revoked => {}
        }
        self.exchange(device, random)?;
        let code = self.devices[device].problem.as_ref().map(ancu_shared::error::Problem::known_code);
        match code {
            None => Ok(()),
            Some(ErrorCode::DeviceRevoked) if self.devices[device].standing == Standing::Revoked => {
                // Half of them come back.
                if device.is_multiple_of(2) { self.renew(device, random) } else { Ok(()) }
            }
            Some(ErrorCode::DeviceUnknown) if self.city.life > 0 => self.renew(device, random),
            Some(code) => {
                Err(format!("{}: a good network, and the exchange ends with {code:?}", self.devices[device].name))
            }
        }
    }

    /// A supervisor lets in whatever can be let in.
    fn release_all(&mut self) -> Verdict {
        let (app, reviewer) = (self.city.app().clone(), self.reviewer.id);
        let now = app.now();
        let caller = self.city.read(move |transaction| Caller::load(transaction, reviewer, None, now));
        let Some(caller) = caller else { return Err("the supervisor is gone".into()) };
        let rows =
            self.city.read(|transaction| transaction.quarantine(None, None, Slice { offset: 0, limit: 100_000 }));
        for row in rows.0.iter().rev().filter(|row| row.released_at.is_none()) {
            let released = self.city.wait(quarantine::release(&app, caller.clone(), row.id));
            let said = released.map_or_else(|refused| refused.0.known_code().code(), |_| "released");
            self.tell(format_args!("quarantined as {}: {said}", row.code.code()));
        }
        Ok(())
    }

    /// What shows whether anything still moves.
    fn picture(&self) -> (Vec<u64>, Vec<String>) {
        let units = self.units();
        let ends = self.city.read(move |transaction| units.iter().map(|unit| transaction.feed_end(*unit)).collect());
        let devices = self.devices.iter().filter(|it| it.standing != Standing::Wiped).map(|device| {
            let status = device.status();
            format!("{:?} {:?}", status.unsent, device.problem.as_ref().map(|problem| problem.code.clone()))
        });
        (ends, devices.collect())
    }

    /// Whether a device has access to the server.
    pub(crate) fn is_inside(&self, device: usize) -> bool {
        let it = &self.devices[device];
        matches!(it.standing, Standing::Enrolled) && it.problem.is_none()
    }

    fn all_is_sent(&mut self) -> Verdict {
        for device in 0..self.devices.len() {
            if !self.is_inside(device) {
                continue;
            }
            let status = self.devices[device].status();
            if !status.unsent.is_nothing() {
                return Err(format!("{} still has something to send: {:?}", self.devices[device].name, status.unsent));
            }
            self.look(device)?;
        }
        Ok(())
    }

    fn nothing_is_lost(&mut self) -> Verdict {
        let found = self.found_at_city();
        let inside = |device: usize| self.is_inside(device) || self.devices[device].standing == Standing::Wiped;
        for entry in self.ledger.missing(None, &|mark| found.contains(mark)) {
            match entry.device {
                Some(device) if !inside(device) => {
                    // It never got its access back: then it must not say that it may be destroyed.
                    if self.devices[device].status().safe_to_wipe {
                        return Err(format!(
                            "{} is shut out, holds {} alone and says that it may be wiped",
                            self.devices[device].name, entry.mark
                        ));
                    }
                }
                device => {
                    let who = device.map_or("the browser", |device| self.devices[device].name.as_str());
                    return Err(format!("{} was saved on {who} at {:?} and is nowhere", entry.mark, entry.place));
                }
            }
        }
        for entry in self.ledger.entries.iter().filter(|entry| entry.told && !entry.excused) {
            let Some(hash) = entry.mark.strip_prefix("photo ") else { continue };
            let hash: ancu_shared::id::PhotoHash = hash.parse().map_err(|_| "a photo's mark")?;
            let is_out = entry.device.is_some_and(|device| !inside(device));
            let held = self.city.read(move |transaction| transaction.has_photo(&hash));
            if !(held || is_out) {
                return Err(format!("the server does not have the bytes of {}", entry.mark));
            }
        }
        Ok(())
    }

    /// A number is missing only where the audit says that a seal put an envelope beside the record, and in worlds in which premises
    /// were handed over: what they left behind is not counted.
    fn feeds_have_no_holes(&self) -> Verdict {
        for unit in self.units() {
            let moved = self.city.read(move |transaction| transaction.moves(unit, 0, None, u64::from(u32::MAX)));
            if !moved.is_empty() {
                continue;
            }
            let (end, feed, audited) = self.city.read(move |transaction| {
                let audited = transaction.audit_before(None, Some(&[unit]), u64::from(u32::MAX))?;
                Ok((transaction.feed_end(unit)?, transaction.feed(unit, 0, None, None, usize::MAX)?, audited))
            });
            let numbers: Vec<u64> = feed.iter().map(|(number, ..)| *number).collect();
            let beside = audited.iter().filter(|row| row.details.contains("\"beside_seal\"")).count();
            if numbers.len() + beside != end as usize || !numbers.is_sorted() {
                return Err(format!("the feed of {unit} has holes: {numbers:?}, {beside} beside seals"));
            }
        }
        Ok(())
    }

    fn the_store_is_sound(&self) -> Verdict {
        let checks = self.city.wait(verify::doctor(self.city.app())).map_err(|refused| format!("{refused:?}"))?;
        match checks.iter().find(|check| !check.good) {
            Some(check) => Err(format!("the server's {}: {}", check.what, check.found)),
            None => Ok(()),
        }
    }

    /// The server's records.
    pub(crate) fn records(&self) -> BTreeMap<DocumentId, (RecordKind, UnitId, Vec<Cell>)> {
        self.city.read(|transaction| {
            let mut found = BTreeMap::new();
            for kind in RecordKind::ALL {
                for id in transaction.documents_of_kind(kind)? {
                    let Some(row) = transaction.document(id)? else { continue };
                    found.insert(id, (kind, row.unit, transaction.cells(id)?));
                }
            }
            Ok(found)
        })
    }

    /// Records of which a device holds something that is kept aside at the server.
    pub(crate) fn apart(&self, device: usize) -> Result<BTreeSet<DocumentId>, String> {
        let aside: Vec<QuarantinedItem> = self.devices[device]
            .ask(Command::Quarantine)
            .map_err(|problem| format!("{}: {problem:?}", self.devices[device].name))?;
        Ok(aside.into_iter().map(|item| item.document).collect())
    }

    fn everybody_holds_the_same(&self) -> Verdict {
        let records = self.records();
        // What a head made whom a restored server does not know any more waits for a supervisor.
        let aside: BTreeSet<DocumentId> = self.city.read(|transaction| {
            let (rows, _) = transaction.quarantine(None, None, Slice { offset: 0, limit: 100_000 })?;
            Ok(rows.into_iter().filter(|row| row.released_at.is_none()).filter_map(|row| row.document).collect())
        });
        for device in (0..self.devices.len()).filter(|it| self.is_inside(*it)) {
            let it = &self.devices[device];
            let scope = it.engine.scope().map_err(|problem| format!("{problem:?}"))?;
            let apart = self.apart(device)?;
            let held = it.engine.holdings().map_err(|problem| format!("{problem:?}"))?;
            let settled = self.city.life == 0 && apart.is_empty() && it.status().safe_to_wipe;
            let left = |unit: &UnitId| settled && it.holder != Holder::Citizen && !scope.contains(unit);
            for Holding { document, unit, cells, kind } in &held {
                if apart.contains(document) {
                    continue;
                }
                match records.get(document) {
                    // Handed over: it stays only as long as something of the device is nowhere else.
                    Some((_, unit, _)) if left(unit) => {
                        return Err(format!("{} still holds a {} {document} that left", it.name, kind.code()));
                    }
                    // Until then nobody tells it what is written there.
                    Some((_, unit, _)) if !scope.contains(unit) && it.holder != Holder::Citizen => {}
                    Some((_, _, there)) if there == cells => {}
                    // A restored server keeps aside what it was offered of a colleague who has no access any more.
                    Some(_) if self.city.life > 0 && aside.contains(document) => {}
                    Some((_, _, there)) => return Err(different(&it.name, *document, cells, there)),
                    None if !scope.contains(unit) || (self.city.life > 0 && aside.contains(document)) => {}
                    None => {
                        return Err(format!("{} holds a {} {document} that the server lacks", it.name, kind.code()));
                    }
                }
            }
            if it.holder == Holder::Citizen {
                continue;
            }
            let held: BTreeSet<DocumentId> = held.iter().map(|holding| holding.document).collect();
            let lacking = records.iter().find(|(id, (_, unit, _))| scope.contains(unit) && !held.contains(id));
            if let Some((id, (kind, ..))) = lacking {
                return Err(format!("{} lacks a {} {id} of its scope", it.name, kind.code()));
            }
        }
        Ok(())
    }

    /// What the server keeps aside is in the list of the device that made it.
    fn quarantine_is_seen(&self) -> Verdict {
        let rows = self.city.read(|transaction| {
            let (rows, _) = transaction.quarantine(None, None, Slice { offset: 0, limit: 100_000 })?;
            let mut found = Vec::new();
            for row in rows.into_iter().filter(|row| row.released_at.is_none()) {
                let author = row.author.map(|key| transaction.author(&key)).transpose()?.flatten();
                let name = author.map(|author| transaction.device(author.device)).transpose()?.flatten();
                found.push((row.document, row.envelope, row.code, row.reason, name.map(|device| device.name)));
            }
            Ok(found)
        });
        for (document, envelope, code, reason, name) in rows {
            let Some(device) = name.and_then(|name| self.devices.iter().position(|it| it.name == name)) else {
                return Err(format!("something nobody made is kept aside: {} {reason}", code.code()));
            };
            let honest = matches!(code, ErrorCode::RecordSealed | ErrorCode::WriteForbidden | ErrorCode::DeviceRevoked);
            // What builds on what a restored server keeps aside is kept aside with it.
            let follows = self.city.life > 0 && code == ErrorCode::RecordMismatch;
            if !(honest || follows) {
                return Err(format!("{} made what is refused as {}: {reason}", self.devices[device].name, code.code()));
            }
            if !self.is_inside(device) {
                continue;
            }
            let seen: Vec<QuarantinedItem> =
                self.devices[device].ask(Command::Quarantine).map_err(|it| format!("{it:?}"))?;
            if let Some(document) = document {
                let held = self.devices[device].engine.holdings().map_err(|it| format!("{it:?}"))?;
                let units = self.units();
                let lay = move |transaction: &dyn ancu_sync_server::store::Transaction| {
                    units.iter().map(|unit| transaction.was_in(document, *unit)).collect::<Result<Vec<_>, _>>()
                };
                // It left the device when it was handed over: the supervisor of its unit sees it.
                if self.city.read(lay).contains(&true) && !held.iter().any(|holding| holding.document == document) {
                    continue;
                }
            }
            if !seen.iter().any(|item| item.envelope == envelope) {
                return Err(format!("{} is not told that {envelope} is kept aside", self.devices[device].name));
            }
        }
        Ok(())
    }
}

fn different(name: &str, document: DocumentId, here: &[Cell], there: &[Cell]) -> String {
    let only = |these: &[Cell], those: &[Cell]| {
        these
            .iter()
            .filter(|cell| !those.contains(cell))
            .map(|cell| format!("{} {:?}", cell.key, cell.value))
            .collect::<Vec<_>>()
    };
    format!(
        "{name} and the server differ in {document}: only here {:?}, only there {:?}",
        only(here, there),
        only(there, here)
    )
}
