//! The world: devices, the city, the weather; one step after the other, every choice from the seed.
//!
//! Invariant: a step's choices come from the seed and the step's number alone, so that steps can be left out of a replay
//! without changing what the others are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ancu_field::http::Request;
use ancu_shared::clock::SeededRandom;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{DocumentId, UnitId};
use ancu_shared::role::Role;

use crate::city::{Account, City, team, ward};
use crate::device::{Device, Holder, Standing, Watch};
use crate::ledger::{Ledger, Reach, Saved};

/// 2026-11-21T01:00:00Z
const START: i64 = 1_795_222_800_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// How the world is found wanting.
pub(crate) type Verdict = Result<(), String>;

/// Everything.
pub(crate) struct World {
    pub(crate) city: City,
    pub(crate) devices: Vec<Device>,
    pub(crate) accounts: Vec<Account>,
    /// Who decides in a browser.
    pub(crate) reviewer: Account,
    pub(crate) wards: usize,
    pub(crate) ledger: Ledger,
    pub(crate) reach: Reach,
    /// Premises and their ward, inspections, homes: as somebody began them.
    pub(crate) facilities: Vec<(DocumentId, UnitId)>,
    /// Premises that were handed over, and to which ward last.
    pub(crate) handed_over: BTreeMap<DocumentId, UnitId>,
    pub(crate) inspections: Vec<DocumentId>,
    pub(crate) dwellings: Vec<DocumentId>,
    /// Requests that were sent and have not arrived.
    pub(crate) late: Vec<Request>,
    pub(crate) trace: Vec<String>,
    pub(crate) marks: u32,
    /// How bad the network is: 0 to 10.
    weather: usize,
    step: usize,
    true_time: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

/// The choices of one step.
pub(crate) fn dice(seed: u64, step: usize) -> SeededRandom {
    let mut mixed = SeededRandom::new(seed ^ 0x0A4C_0000_0000_0000);
    SeededRandom::new(mixed.next_u64() ^ (step as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// How many steps the world of a seed takes.
pub(crate) fn steps_of(seed: u64) -> usize {
    let mut random = dice(seed, usize::MAX);
    let (_, devices) = size(&mut random);
    40 + random.below(80) + devices * 4
}

/// Wards and devices.
fn size(random: &mut SeededRandom) -> (usize, usize) {
    let devices = match random.below(20) {
        0..12 => 2 + random.below(3),
        12..18 => 4 + random.below(5),
        18 => 8 + random.below(10),
        _ => 10 + random.below(41),
    };
    (1 + random.below(3), devices)
}

impl World {
    /// The world of a seed, as it begins: everybody enrolled, most of them with one exchange behind them.
    pub(crate) fn of(seed: u64, folder: &Path) -> Result<Self, String> {
        let mut random = dice(seed, usize::MAX);
        let (wards, devices) = size(&mut random);
        let weather = [0, 1, 3, 6][random.below(4)];
        let folder = tempfile::Builder::new().prefix("ancu-world-").tempdir_in(folder).expect("a folder");
        let true_time = Arc::new(AtomicI64::new(START));
        let clock = Arc::new(Watch { true_time: Arc::clone(&true_time), offset: AtomicI64::new(0) });
        let city = City::found(folder.path(), clock, wards, &mut random);
        let reviewer = city.employ("Duyệt", Role::AreaTeamReviewer, team());
        let mut world = Self {
            city,
            devices: Vec::new(),
            accounts: Vec::new(),
            reviewer,
            wards,
            ledger: Ledger::default(),
            reach: Reach::default(),
            facilities: Vec::new(),
            handed_over: BTreeMap::new(),
            inspections: Vec::new(),
            dwellings: Vec::new(),
            late: Vec::new(),
            trace: vec![format!("{wards} wards, {devices} devices, weather {weather}")],
            marks: 0,
            weather: 0,
            step: 0,
            true_time,
            folder,
        };
        for number in 0..devices {
            // Now and then somebody has two devices.
            if number == 0 || random.below(5) > 0 {
                let (role, unit) = match random.below(6) {
                    0 => (Role::AreaTeamOfficer, team()),
                    _ => (Role::CommuneDataOfficer, ward(random.below(wards))),
                };
                let account = world.city.employ(&format!("Cán bộ {number}"), role, unit);
                world.accounts.push(account);
            }
            let account = world.accounts.len() - 1;
            world.add_device(Holder::Officer { account }, None, &mut random);
            world.enrol(number, &mut random)?;
            if random.below(4) > 0 {
                world.exchange(number, &mut random)?;
            }
        }
        world.weather = weather;
        Ok(world)
    }

    /// One step.
    pub(crate) fn step(&mut self, seed: u64, step: usize) -> Verdict {
        let mut random = dice(seed, step);
        self.step = step;
        self.upkeep(&mut dice(!seed, step))?;
        let pause = match random.below(30) {
            0 => DAY,
            1..4 => 60 * MINUTE,
            _ => 1_000 + random.below(5 * MINUTE as usize) as i64,
        };
        self.true_time.fetch_add(pause, Ordering::SeqCst);
        let calling: Vec<usize> = (0..self.devices.len()).filter(|it| self.devices[*it].is_calling()).collect();
        if !calling.is_empty() && random.below(10) < 6 {
            let device = calling[random.below(calling.len())];
            return self.carry(device, &mut random);
        }
        match random.below(100) {
            0..58 => self.person(&mut random),
            58..80 => self.connect(&mut random),
            80..84 => self.browser(&mut random),
            84..87 if self.late.is_empty() => self.hand_over(&mut random),
            84..87 => {
                self.deliver_late(&mut random);
                Ok(())
            }
            _ => self.misfortune(&mut random),
        }
    }

    /// Something is told of in the trace.
    pub(crate) fn tell(&mut self, line: impl std::fmt::Display) {
        let step = self.step;
        self.trace.push(format!("{step:>4} {line}"));
    }

    /// A mark for the next entry.
    pub(crate) fn next_mark(&mut self) -> String {
        self.marks += 1;
        crate::ledger::mark(self.marks)
    }

    /// All units with a feed.
    pub(crate) fn units(&self) -> Vec<UnitId> {
        (0..self.wards).map(ward).chain([team()]).collect()
    }

    /// A device that is at hand.
    pub(crate) fn some_device(&self, random: &mut SeededRandom) -> Option<usize> {
        let fit: Vec<usize> =
            (0..self.devices.len()).filter(|it| self.devices[*it].standing != Standing::Wiped).collect();
        (!fit.is_empty()).then(|| fit[random.below(fit.len())])
    }

    pub(crate) fn add_device(&mut self, holder: Holder, link: Option<String>, random: &mut SeededRandom) -> usize {
        let number = self.devices.len();
        let link = link.unwrap_or_else(|| match holder {
            Holder::Officer { account } => self.city.link(self.accounts[account].id),
            Holder::Citizen => String::new(),
        });
        let name = format!("Máy {number}");
        let device = Device::new(self.folder.path(), name, holder, link, &self.true_time, random);
        self.devices.push(device);
        number
    }

    /// A device that is not busy begins to enrol or to exchange.
    fn connect(&mut self, random: &mut SeededRandom) -> Verdict {
        let Some(device) = self.some_device(random) else { return Ok(()) };
        if self.devices[device].is_calling() {
            return self.carry(device, random);
        }
        self.begin(device, random)
    }

    fn begin(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        let it = &mut self.devices[device];
        let what = if it.standing == Standing::Fresh { "enrol" } else { "exchange" };
        if it.standing == Standing::Fresh {
            it.enrol();
        } else {
            it.exchange();
        }
        let name = it.name.clone();
        self.tell(format_args!("{name} begins to {what}"));
        self.go_on(device, random)
    }

    /// Enrols without misfortune.
    fn enrol(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        self.begin(device, random)?;
        self.finish(device, random)?;
        match self.devices[device].standing {
            Standing::Enrolled => Ok(()),
            _ => {
                Err(format!("{} could not be enrolled: {:?}", self.devices[device].name, self.devices[device].problem))
            }
        }
    }

    /// Exchanges without misfortune.
    pub(crate) fn exchange(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        self.finish(device, random)?;
        self.begin(device, random)?;
        self.finish(device, random)
    }

    /// Lets whatever a device does come to its end without misfortune.
    pub(crate) fn finish(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        let mut calls = 0;
        while let Some(activity) = &mut self.devices[device].activity {
            let Some(call) = activity.call.take() else { return Err("a device neither asks nor ends".into()) };
            calls += 1;
            if calls > 3_000 {
                return Err(format!("{} does not come to an end: {}", self.devices[device].name, call.request.path));
            }
            self.note_pull(device, &call.request);
            let answer = self.city.handle(&call.request, None);
            call.answer(Ok(answer.whole()));
            self.go_on(device, random)?;
        }
        Ok(())
    }

    pub(crate) fn note_pull(&mut self, device: usize, request: &Request) {
        if request.path.ends_with("/pull") {
            self.devices[device].pulled = Some(self.city.life);
        }
    }

    /// Waits for what a device does next, and looks at what it claims.
    pub(crate) fn go_on(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        let ended = self.devices[device].go_on();
        self.went_on(device, ended, random)
    }

    /// What a device's going on means.
    pub(crate) fn went_on(
        &mut self,
        device: usize,
        ended: Option<Result<(), ancu_shared::error::Problem>>,
        random: &mut SeededRandom,
    ) -> Verdict {
        let it = &mut self.devices[device];
        let stored = ended.as_ref().is_none_or(Result::is_ok);
        if let Some(life) = it.pulled.take()
            && stored
        {
            it.life = life;
        }
        if let Some(ended) = ended {
            it.problem = ended.err();
            let code = it.problem.as_ref().map(ancu_shared::error::Problem::known_code);
            let said = code.map_or("done", ErrorCode::code);
            let name = it.name.clone();
            if it.standing == Standing::Fresh && code.is_none() {
                it.standing = Standing::Enrolled;
                it.life = self.city.life;
            }
            self.tell(format_args!("{name}: {said}"));
            self.judge_problem(device, code, random)?;
        }
        self.look(device)
    }

    /// What an exchange may end with, whatever happens around it.
    fn judge_problem(&mut self, device: usize, code: Option<ErrorCode>, _random: &mut SeededRandom) -> Verdict {
        use ErrorCode::{
            AlreadyEnrolled, AnswerForeign, CodeExpired, CodeUnknown, CodeUsed, DeviceRevoked, DeviceUnknown, DiskFull,
            Locked, LoginRequired, NotFound, OffsetConflict, PhotoHashMismatch, RequestMalformed, ServerUnreachable,
            Unavailable,
        };
        // Who invited a head may be forgotten by a restored server.
        let forgotten = self.devices[device].standing == Standing::Fresh && self.city.life > 0;
        if forgotten && code == Some(ErrorCode::AuthorUnknown) {
            return Ok(());
        }
        let fine = matches!(
            code,
            None | Some(
                AlreadyEnrolled
                    | AnswerForeign
                    | CodeExpired
                    | CodeUnknown
                    | CodeUsed
                    | DeviceRevoked
                    | DeviceUnknown
                    | DiskFull
                    | Locked
                    | LoginRequired
                    | NotFound
                    | OffsetConflict
                    | PhotoHashMismatch
                    | RequestMalformed
                    | ServerUnreachable
                    | Unavailable
            )
        );
        if fine { Ok(()) } else { Err(format!("{} ends with {code:?}", self.devices[device].name)) }
    }

    /// The network carries a device's request: well or badly.
    fn carry(&mut self, device: usize, random: &mut SeededRandom) -> Verdict {
        let Some(call) = self.devices[device].activity.as_mut().and_then(|activity| activity.call.take()) else {
            return Err("a device neither asks nor ends".into());
        };
        let before = self.devices[device].files();
        let fate = if random.below(10) < self.weather { 1 + random.below(9) } else { 0 };
        let request = call.request.clone();
        let (name, asked) = (self.devices[device].name.clone(), short(&request));
        let answer = self.fate(device, &request, fate, random);
        self.tell(format_args!("{name}: {asked}: {}", FATES[fate]));
        call.answer(answer);
        // The battery may go just after.
        if random.below(40) < self.weather {
            let ended = self.devices[device].go_on();
            let whole = self.devices[device].crash(&before, random);
            let of_it = if ended.is_some() { "at the end" } else { "then" };
            self.tell(format_args!(
                "{name} loses power {of_it}{}",
                if whole { "" } else { ", in the middle of a write" }
            ));
            if whole {
                // All that was stored counts, though nobody was told.
                self.after_crash_of_enrolment(device);
            }
            return self.look(device);
        }
        self.go_on(device, random)
    }

    fn after_crash_of_enrolment(&mut self, device: usize) {
        let it = &mut self.devices[device];
        let open = it.status().phase != ancu_field::status::Phase::Fresh;
        if it.standing == Standing::Fresh && open {
            it.standing = Standing::Enrolled;
            it.life = self.city.life;
            it.unlock();
        }
    }

    /// What has not arrived yet arrives now.
    fn deliver_late(&mut self, random: &mut SeededRandom) {
        if self.late.is_empty() {
            return;
        }
        let request = self.late.swap_remove(random.below(self.late.len()));
        let answer = self.city.handle(&request, None);
        self.tell(format_args!("late: {} arrives: {}", short(&request), answer.status.as_u16()));
    }

    /// A device's claims are judged by what the city has at this moment.
    pub(crate) fn look(&mut self, device: usize) -> Verdict {
        let it = &self.devices[device];
        if !matches!(it.standing, Standing::Enrolled | Standing::Revoked) {
            return Ok(());
        }
        let status = it.status();
        if status.person_name.is_none() || it.life != self.city.life || !status.unsent.is_nothing() {
            return Ok(());
        }
        let units = self.units();
        self.reach.catch_up(&self.city, &units);
        let reach = &self.reach;
        let wrong = if status.safe_to_wipe {
            self.ledger.missing(Some(device), &|mark| reach.admitted.contains(mark))
        } else {
            self.ledger.missing(Some(device), &|mark| reach.has(mark))
        };
        // What left the device with a record that was handed over is not in its sight any more: a seal may put it beside the record.
        let held = it.engine.holdings().map_err(|problem| format!("{}: {problem:?}", it.name))?;
        let left = |entry: &&&Saved| {
            let document = entry.place.0;
            let handed_over = self.handed_over.contains_key(&document) || self.inspections.contains(&document);
            handed_over && !held.iter().any(|holding| holding.document == document) && reach.has(&entry.mark)
        };
        match wrong.iter().find(|entry| !left(entry)) {
            Some(entry) => Err(format!(
                "{} says that all is {}, and the server lacks {} (at {:?})",
                it.name,
                if status.safe_to_wipe { "safe" } else { "sent" },
                entry.mark,
                entry.place,
            )),
            None => Ok(()),
        }
    }

    /// Marks that are found in none of the places where they may be.
    pub(crate) fn found_at_city(&mut self) -> BTreeSet<String> {
        let units = self.units();
        self.reach.catch_up(&self.city, &units);
        self.reach.admitted.union(&self.reach.quarantined).cloned().collect()
    }
}

/// What becomes of a request, in the trace's words.
pub(crate) const FATES: [&str; 10] = [
    "answered",
    "lost on the way",
    "done, the answer is lost",
    "cut on the way",
    "done, the answer is cut",
    "done, and again later",
    "given up, arrives later",
    "a login page answers",
    "out of service",
    "the server loses power",
];

/// A request in the trace.
pub(crate) fn short(request: &Request) -> String {
    let path = request.path.trim_start_matches("/sync/v1/");
    let path = if path.len() > 28 { &path[..28] } else { path };
    format!("{} {path}, {} bytes", request.method, request.body.as_ref().map_or(0, Vec::len))
}
