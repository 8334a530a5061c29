//! What happens to requests, machines and people's equipment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use ancu_field::api::Command;
use ancu_field::http::{Reply, Request};
use ancu_field::records::holdings::Holding;
use ancu_shared::clock::SeededRandom;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::DeviceId;
use ancu_shared::sync::session::Failure;
use ancu_sync_server::service::{compaction, devices};

use crate::device::{Holder, PIN, Standing};
use crate::ledger::{marks_at, marks_of};
use crate::network::{login_page, out_of_service, unreachable};
use crate::world::{Verdict, World};

const YEAR: i64 = 365 * 24 * 3_600_000;

impl World {
    /// Does to a request what its fate says; what the device gets.
    pub(crate) fn fate(
        &mut self,
        device: usize,
        request: &Request,
        fate: usize,
        random: &mut SeededRandom,
    ) -> Result<Reply, Failure> {
        let bytes = request.body.as_ref().map_or(0, Vec::len);
        match fate {
            0 => {
                self.note_pull(device, request);
                Ok(self.city.handle(request, None).whole())
            }
            2 => {
                self.city.handle(request, None);
                Err(unreachable())
            }
            3 => {
                self.city.handle(request, Some(random.below(bytes + 1)));
                Err(unreachable())
            }
            4 => {
                let answer = self.city.handle(request, None);
                let after = random.below(answer.body.len() + 1);
                Ok(answer.broken(after))
            }
            5 => {
                self.late.push(request.clone());
                self.note_pull(device, request);
                Ok(self.city.handle(request, None).whole())
            }
            6 => {
                self.late.push(request.clone());
                Err(unreachable())
            }
            7 => Ok(login_page().whole()),
            8 => Ok(out_of_service().whole()),
            9 => {
                let before = self.city.files();
                self.city.handle(request, None);
                let whole = self.city.crash(&before, random);
                self.tell(if whole { "the server had written everything" } else { "the server had not written all" });
                Err(unreachable())
            }
            _ => Err(unreachable()),
        }
    }

    /// Something goes wrong, or is put right.
    pub(crate) fn misfortune(&mut self, random: &mut SeededRandom) -> Verdict {
        let Some(device) = self.some_device(random) else { return Ok(()) };
        let name = self.devices[device].name.clone();
        match random.below(22) {
            20 => {
                self.fill(device);
                Ok(())
            }
            21 => {
                self.free(device);
                Ok(())
            }
            0..4 => {
                let before = self.devices[device].files();
                self.devices[device].crash(&before, random);
                self.tell(format_args!("{name} loses power"));
                self.look(device)
            }
            4..7 => {
                let years = random.below(9) as i64 - 6;
                let offset = if years > 0 { 0 } else { years * YEAR + random.below(3_600_000) as i64 };
                self.devices[device].watch.offset.store(offset, Ordering::SeqCst);
                self.tell(format_args!("{name}: the clock is {} days off", offset / 86_400_000));
                Ok(())
            }
            7..9 => {
                let before = self.city.files();
                self.city.crash(&before, random);
                self.tell("the server loses power");
                Ok(())
            }
            9 => {
                self.city.restart(random);
                self.tell("the server is restarted");
                Ok(())
            }
            10..13 => {
                if random.below(2) == 0 {
                    self.city.back_up(self.ledger.entries.len());
                    self.tell("the server is backed up");
                } else {
                    self.city.copy_plainly(self.ledger.entries.len());
                    self.tell("the server's folder is copied");
                }
                Ok(())
            }
            13..15 => {
                self.restore(random);
                Ok(())
            }
            15 => self.revoke(device),
            16 => self.renew(device, random),
            17 => self.wipe(device, random),
            _ => {
                if self.devices[device].standing == Standing::Fresh {
                    return Ok(());
                }
                // An exchange that is under way finds the store closed.
                let it = &self.devices[device];
                match it.tell(Command::Lock) {
                    // It is locked all the same: the journal is folded once there is room.
                    Err(problem) if problem.known_code() != ErrorCode::DiskFull => {
                        return Err(format!("{name} cannot be locked: {problem:?}"));
                    }
                    _ => {}
                }
                it.tell(Command::Unlock { pin: PIN.into() })
                    .map_err(|problem| format!("{name} stays locked: {problem:?}"))?;
                self.tell(format_args!("{name} is locked and opened"));
                self.look(device)
            }
        }
    }

    /// Now and then the server folds what rests, which is everything, and a device puts away what rests there; it may lose power
    /// meanwhile. Of dice of their own: a world is the same with it and without.
    pub(crate) fn upkeep(&mut self, random: &mut SeededRandom) -> Verdict {
        match random.below(40) {
            0 | 1 => self.fold(random),
            2..6 => self.put_away(random),
            _ => Ok(()),
        }
    }

    fn put_away(&mut self, random: &mut SeededRandom) -> Verdict {
        let Some(device) = self.some_device(random) else { return Ok(()) };
        if self.devices[device].standing == Standing::Fresh || self.devices[device].is_calling() {
            return Ok(());
        }
        let (before, name) = (self.devices[device].files(), self.devices[device].name.clone());
        match self.devices[device].engine.put_away(0) {
            Ok(0) => return Ok(()),
            Ok(away) => self.tell(format_args!("{name} puts {away} inspections away")),
            Err(problem) if problem.known_code() == ErrorCode::DiskFull => return Ok(()),
            Err(problem) => return Err(format!("{name} cannot put anything away: {problem:?}")),
        }
        if random.below(4) == 0 {
            self.devices[device].crash(&before, random);
            self.tell(format_args!("{name} loses power meanwhile"));
            self.look(device)?;
        }
        Ok(())
    }

    fn fold(&mut self, random: &mut SeededRandom) -> Verdict {
        let before = self.city.files();
        let app = self.city.app().clone();
        let done = self.city.wait(compaction::all(&app, 0)).map_err(|refused| format!("folding: {refused:?}"))?;
        drop(app);
        self.tell(format_args!("the server folds {} records", done.records));
        if random.below(4) == 0 {
            let whole = self.city.crash(&before, random);
            self.tell(if whole { "and had written everything" } else { "and loses power meanwhile" });
        }
        Ok(())
    }

    /// A device's disk has no room for anything more.
    fn fill(&mut self, device: usize) {
        if self.devices[device].engine.limit_records(Some(1)).is_ok() {
            let name = self.devices[device].name.clone();
            self.tell(format_args!("{name}: the disk is full"));
        }
    }

    /// Somebody makes room on a device.
    pub(crate) fn free(&mut self, device: usize) {
        if self.devices[device].engine.limit_records(None).is_ok() {
            let name = self.devices[device].name.clone();
            self.tell(format_args!("{name}: there is room on the disk"));
        }
    }

    /// An old backup is taken into use, or an old copy of the folder is put back: of that nobody tells the server.
    fn restore(&mut self, random: &mut SeededRandom) {
        let left = self.left_devices();
        let nowhere = |mark: &str| left.iter().all(|(_, marks)| marks.contains(mark));
        let Some(known) = self.city.restore(random) else { return };
        self.tell(format_args!("the server's copy of entry {known} is taken into use"));
        let here = self.found_at_city();
        // What was only there, or on devices that were destroyed since, may be gone with the disk.
        let mut excused = 0;
        let places: BTreeSet<_> = self
            .ledger
            .entries
            .iter()
            .filter(|it| it.device.and_then(|device| left.get(&device)).is_some_and(|marks| marks.contains(&it.mark)))
            .map(|it| (it.device, it.place.clone()))
            .collect();
        for entry in &mut self.ledger.entries {
            // What was handed over and left its device is not the device's any more: whoever has it offers it.
            if places.contains(&(entry.device, entry.place.clone())) {
                entry.device = None;
                if !nowhere(&entry.mark) {
                    continue;
                }
            }
            let gone = entry.device.is_none_or(|device| self.devices[device].standing == Standing::Wiped);
            if gone && !here.contains(&entry.mark) && !entry.excused {
                entry.excused = true;
                excused += 1;
            }
        }
        self.tell(format_args!("{excused} entries may be lost with it"));
    }

    /// By each device that is in use: marks in records that were handed over, as far as they are not on it.
    fn left_devices(&self) -> BTreeMap<usize, BTreeSet<String>> {
        let units = self.units();
        let moved = self.city.read(move |transaction| {
            let mut moved = BTreeSet::new();
            for unit in &units {
                for (_, document, _) in transaction.moves(*unit, 0, None, u64::from(u32::MAX))? {
                    moved.extend(transaction.envelopes_of(document)?.iter().flat_map(|body| marks_of(body)));
                }
            }
            Ok(moved)
        });
        let in_use = |device: &usize| matches!(self.devices[*device].standing, Standing::Enrolled | Standing::Revoked);
        let left = |device: usize| {
            let held = self.devices[device].engine.holdings().unwrap_or_default();
            let said = |held: &Holding| -> Vec<String> {
                held.cells.iter().flat_map(|cell| marks_at(held.document, &cell.key, &cell.value)).collect()
            };
            let here: BTreeSet<String> = held.iter().flat_map(said).collect();
            (device, moved.difference(&here).cloned().collect())
        };
        (0..self.devices.len()).filter(in_use).map(left).collect()
    }

    /// The id that the server knows a device by.
    pub(crate) fn id_of(&self, device: usize) -> Option<DeviceId> {
        let name = self.devices[device].name.clone();
        let rows = self.city.read(|transaction| transaction.devices());
        rows.iter().filter(|row| row.name == name && row.revoked_at.is_none()).map(|row| row.id).next_back()
    }

    fn revoke(&mut self, device: usize) -> Verdict {
        if self.devices[device].standing != Standing::Enrolled || self.devices[device].holder == Holder::Citizen {
            return Ok(());
        }
        let Some(id) = self.id_of(device) else { return Ok(()) };
        let revoked = self.city.wait(devices::revoke(self.city.app(), None, id));
        revoked.map_err(|refused| format!("a device cannot be revoked: {refused:?}"))?;
        self.devices[device].standing = Standing::Revoked;
        let name = self.devices[device].name.clone();
        self.tell(format_args!("{name} is revoked"));
        Ok(())
    }

    /// A device that lost its access gets it back with a new code, once it knows of its loss.
    pub(crate) fn renew(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        use ancu_shared::error::ErrorCode::{DeviceRevoked, DeviceUnknown};
        let Holder::Officer { account } = self.devices[device].holder else { return Ok(()) };
        let shut_out = self.devices[device].problem.as_ref().map(ancu_shared::error::Problem::known_code);
        if self.devices[device].is_calling()
            || self.devices[device].standing == Standing::Fresh
            || !matches!(shut_out, Some(DeviceRevoked | DeviceUnknown))
        {
            return Ok(());
        }
        let link = self.city.link(self.accounts[account].id);
        let it = &mut self.devices[device];
        it.link = link;
        it.enrol();
        let name = it.name.clone();
        self.tell(format_args!("{name} gets a new code"));
        self.go_on(device, random)?;
        self.finish(device, random)?;
        let it = &mut self.devices[device];
        match &it.problem {
            None => {
                it.standing = Standing::Enrolled;
                it.problem = None;
                self.look(device)
            }
            Some(problem) => Err(format!("{name} does not get its access back: {problem:?}")),
        }
    }

    /// A device that says that it may be destroyed is destroyed.
    fn wipe(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        let it = &self.devices[device];
        if it.is_calling() || it.standing != Standing::Enrolled || it.life != self.city.life {
            return Ok(());
        }
        if !it.status().safe_to_wipe {
            return Ok(());
        }
        self.look(device)?;
        let (name, holder) = (self.devices[device].name.clone(), self.devices[device].holder);
        self.devices[device].standing = Standing::Wiped;
        self.tell(format_args!("{name} says that it may be wiped, and is"));
        if let Holder::Officer { .. } = holder
            && random.below(2) == 0
        {
            let next = self.add_device(holder, None, random);
            let name = self.devices[next].name.clone();
            self.tell(format_args!("{name} takes its place"));
        }
        Ok(())
    }
}
