//! Who attended an inspection, and what it comes to.
//!
//! Invariants: a hand is judged by the part that it stands in: whether it is on what that part says. The conclusion is that of
//! the last part that says one; every part keeps its own people.

use uuid::Uuid;

use super::joined::Joined;
use super::live::{Live, registers};
use crate::record::attendance::{Attendee, AttendeeRole, Conclusion, ConclusionStatement, content_hash};
use crate::view::{AttendeeView, Authors, ConclusionView};

impl Joined<'_> {
    /// Officers, representatives and witnesses of each part that is read, in the order in which they were noted.
    pub(super) fn attendance(&self, authors: &dyn Authors) -> Vec<AttendeeView> {
        let mut all = Vec::new();
        for (_, part) in self.read(false) {
            let mut here: Vec<AttendeeView> = Vec::new();
            let mut content = None;
            for (key, cells) in part.live.under("a/") {
                // What stands is the last put: removed by it, nobody is named.
                let Some(last) = cells.first().filter(|cell| !cell.value.is_tombstone()) else { continue };
                let Some((_, said)) = registers::<Attendee>(std::slice::from_ref(last)).next() else { continue };
                let Some(id) = key.strip_prefix("a/").and_then(|id| Uuid::try_parse(id).ok()) else { continue };
                let covers = said.hand.as_ref().is_some_and(|hand| {
                    let content = content.get_or_insert_with(|| content_hash(part.live.cells()));
                    hand.on == said.hash_on(content)
                });
                let Attendee { role, name, position, words, hand, unsigned, at, .. } = said;
                let by = authors.attribution(last.operation.actor, at);
                let (part, open) = (part.id, part.sealed_at.is_none());
                here.push(AttendeeView { id, part, role, name, position, words, hand, unsigned, covers, open, by });
            }
            here.sort_by_key(|it| (order(it.role), it.by.at, it.id));
            all.append(&mut here);
        }
        all
    }

    /// Whether a part names somebody as having attended, or concludes something else than what stood before it.
    pub(super) fn attends_anew(&self, index: usize) -> bool {
        let live = &self.parts[index].live;
        let before = self.parts[..index].iter().rev().find_map(|part| concluded(&part.live));
        let concluded = concluded(live);
        let named = live.under("a/").any(|(_, cells)| cells.first().is_some_and(|cell| !cell.value.is_tombstone()));
        named || concluded.is_some_and(|said| before != Some(said))
    }

    /// What the last part that everybody reads comes to.
    pub(super) fn concluded(&self) -> Option<Conclusion> {
        let signed = |(place, part): &(usize, &super::joined::Part<'_>)| *place == 0 || part.sealed_at.is_some();
        let parts: Vec<_> = self.parts.iter().enumerate().filter(signed).collect();
        parts.iter().rev().find_map(|(_, part)| concluded(&part.live)).map(|(conclusion, _)| conclusion)
    }

    pub(super) fn conclusion(&self, authors: &dyn Authors) -> Option<ConclusionView> {
        let key = ConclusionStatement::key().to_string();
        let parts: Vec<_> = self.read(false).collect();
        parts.into_iter().rev().find_map(|(_, part)| {
            let last = part.live.winner(&key).filter(|cell| !cell.value.is_tombstone())?;
            let (cell, said) = registers::<ConclusionStatement>(std::slice::from_ref(&last)).next()?;
            let by = authors.attribution(cell.operation.actor, said.at);
            let unsigned = part.sealed_at.is_none();
            Some(ConclusionView { conclusion: said.conclusion, words: said.words, by, unsigned })
        })
    }
}

/// What a part comes to.
pub(super) fn concluded(live: &Live<'_>) -> Option<(Conclusion, String)> {
    let (_, said) = live.register::<ConclusionStatement>(&ConclusionStatement::key().to_string())?;
    Some((said.conclusion, said.words))
}

/// Whether one of these parts names somebody as it is said late: the same person as the same, signed or not for the same reason.
pub(super) fn is_named(parts: &[&Live<'_>], late: &Attendee) -> bool {
    let same = |it: &Attendee| {
        let whom = |it: &Attendee| (it.role, it.name.clone(), it.unsigned, it.hand.is_some());
        whom(it) == whom(late)
    };
    parts.iter().any(|live| live.under("a/").any(|(_, cells)| registers::<Attendee>(cells).any(|(_, it)| same(&it))))
}

const fn order(role: AttendeeRole) -> u8 {
    match role {
        AttendeeRole::Inspector => 0,
        AttendeeRole::Representative => 1,
        AttendeeRole::Witness => 2,
    }
}
