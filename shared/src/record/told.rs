//! The instants, days and places that statements hold, named one by one: the one list by which they are held against what
//! can be ([`super::fields::check_told`]).
//!
//! Invariant: a member of a register that is a time, a day or a place is named here; what is not named is not looked at.

use jiff::civil::Date;

use super::attendance::{Attendee, ConclusionStatement};
use super::choice::Origin;
use super::given_up::GivenUp;
use super::measure::MeasureEvent;
use super::register::{
    Answer, DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Position, Register, SealStatement, ThreadMessage,
};
use super::remediation::FindingEvent;
use crate::clock::UtcMillis;

/// An instant, a day or a place in a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Told {
    /// What a clock said.
    At(UtcMillis),
    /// A day of this work: a deadline, a promise.
    Day(Date),
    /// A day that was answered: what it is of may be older than anybody's work.
    Answered(Date),
    /// A place.
    Place(Position),
}

/// Who is told what a statement holds: which member, and what it says.
pub type Tell<'a> = &'a mut dyn FnMut(&'static str, Told);

fn tell_origin(origin: Option<Origin>, tell: Tell<'_>) {
    if let Some(origin) = origin {
        tell("origin", Told::At(origin.at));
    }
}

impl Register for ItemAnswer {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
        tell_origin(self.origin, tell);
        match &self.answer {
            Some(Answer::Date(day)) => tell("answer", Told::Answered(*day)),
            Some(Answer::Geo(place)) => tell("answer", Told::Place(*place)),
            Some(Answer::Moment(at)) => tell("answer", Told::At(*at)),
            Some(Answer::Trace(line) | Answer::Shape(line)) => {
                for vertex in line {
                    tell("answer", Told::Place(vertex.position()));
                }
            }
            _ => {}
        }
        for vertex in self.measured.iter().flat_map(|measured| &measured.line) {
            tell("measured", Told::Place(vertex.position()));
        }
    }
}

impl Register for FindingDetail {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
        tell_origin(self.origin, tell);
        if let Some(day) = self.deadline {
            tell("deadline", Told::Day(day));
        }
    }
}

impl Register for PhotoDetail {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
        tell_origin(self.origin, tell);
        if let Some(taken) = self.taken_at {
            tell("taken_at", Told::At(taken));
        }
        if let Some(place) = self.place {
            tell("place", Told::Place(place));
        }
    }
}

impl Register for FindingEvent {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
        if let Some(day) = self.until {
            tell("until", Told::Day(day));
        }
    }
}

impl Register for MeasureEvent {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
        for (member, day) in self.days() {
            tell(member, day);
        }
    }
}

impl Register for GivenUp {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
    }
}

impl Register for Attendee {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
    }
}

impl Register for ConclusionStatement {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
    }
}

impl Register for SealStatement {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
    }
}

impl Register for DecisionStatement {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
    }
}

impl Register for ThreadMessage {
    fn tell(&self, tell: Tell<'_>) {
        tell("at", Told::At(self.at));
    }
}
