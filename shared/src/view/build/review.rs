//! The review of an inspection: every decision that was made on it, the words at questions, and what was said to them.
//!
//! Invariant: words at a question are answered when a part that was signed after the decision they came with says something
//! new there: another answer or note, a finding, a photo, or an officer's reply. Only who had the decision when signing can
//! answer its words: which decisions that were, the part's seal says; of a seal that doesn't, what the decision was on and the
//! order of the parts. An approval closes all words before it: its reviewer was told of them.

use std::collections::BTreeSet;

use super::inspection::WHOLE_RECORD;
use super::joined::{Joined, Part};
use super::late::{is_content, is_far};
use super::live::registers;
use super::place::position;
use crate::clock::UtcMillis;
use crate::document::guard::CheckedChange;
use crate::id::ActorId;
use crate::record::facility::state;
use crate::record::key::Key;
use crate::record::register::{
    Decision, DecisionStatement, FindingDetail, ItemAnswer, PhotoDetail, Register, ThreadMessage,
};
use crate::record::value::OperationId;
use crate::view::{Authors, CommentView, DecisionView, ReplyView, WordsAnswer};

/// A decision, as the review's log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The put.
    pub operation: OperationId,
    /// What it says.
    pub statement: DecisionStatement,
}

/// Every decision in a review's changes, in whatever order these come. Cells hold only those that nobody replaced.
pub fn decided(changes: &[CheckedChange]) -> Vec<Decided> {
    let key = decision_key();
    let puts = changes.iter().flat_map(|change| &change.operations).filter(|operation| operation.key == key);
    let read = puts.filter_map(|operation| {
        let statement = DecisionStatement::from_scalar(operation.put.as_ref()?).ok()?;
        Some(Decided { operation: operation.id, statement })
    });
    read.collect()
}

pub(super) fn decision_key() -> String {
    Key::State(state::DECISION.to_owned()).to_string()
}

/// A reviewer's words.
pub(super) struct Asked {
    item: String,
    words: String,
    actor: ActorId,
    at: UtcMillis,
    /// The decision that they came with.
    decision: Option<usize>,
}

/// Something that was said, and who said it.
type Said = (UtcMillis, ActorId);

impl Joined<'_> {
    /// A reviewer's words, oldest first.
    fn asked(&self) -> Vec<Asked> {
        let mut asked: Vec<_> = self
            .review
            .under("t/")
            .filter_map(|(key, cells)| {
                let item = key.split('/').nth(1)?.to_owned();
                let (cell, message) = registers::<ThreadMessage>(cells).next()?;
                let decision = self.decision_with(&message);
                let ThreadMessage { words, at, .. } = message;
                Some(Asked { item, words, actor: cell.operation.actor, at, decision })
            })
            .collect();
        asked.sort_by_key(|asked| asked.at);
        asked
    }

    /// The decision that words came with: it is written in one change with them, at one instant. What another program wrote
    /// otherwise goes with the next decision, or with the last.
    fn decision_with(&self, message: &ThreadMessage) -> Option<usize> {
        let one = |it: &Decided| (it.statement.at, it.statement.by) == (message.at, message.by);
        let next = |it: &Decided| it.statement.at >= message.at;
        let found = self.decided.iter().position(one).or_else(|| self.decided.iter().position(next));
        found.or(self.decided.len().checked_sub(1))
    }

    /// The place among the parts of what a decision was on. What isn't here (yet) is newer than anything here.
    pub(super) fn place_of(&self, decision: usize) -> usize {
        let on = self.decided[decision].statement.on;
        self.parts.iter().position(|part| part.id == on).unwrap_or(usize::MAX)
    }

    /// How many words at questions wait for a signed answer.
    pub(super) fn unanswered(&self) -> u32 {
        let asked = self.asked();
        asked.iter().filter(|asked| asked.item != WHOLE_RECORD && self.is_open(asked)).count() as u32
    }

    fn is_open(&self, asked: &Asked) -> bool {
        let Some(decision) = asked.decision else { return false };
        let closed = self.decided.iter().rposition(|it| it.statement.decision == Decision::Approved);
        closed.is_none_or(|closed| decision > closed)
            && self.answer_to(&asked.item, decision).is_none_or(|(signed, _)| !signed)
    }

    /// Whether the author of a part had a decision when signing; who writes one now has every decision that is here.
    fn heard(&self, index: usize, decision: usize) -> bool {
        let part = &self.parts[index];
        match &part.known {
            _ if part.sealed_at.is_none() => index > 0,
            Some(known) => known.decisions.contains(&self.decided[decision].operation),
            None => index > self.place_of(decision),
        }
    }

    /// Whether any sealed part was signed by somebody who had the decision in force.
    pub(super) fn was_heard(&self) -> bool {
        self.decided.len().checked_sub(1).is_some_and(|last| self.read(true).any(|(index, _)| self.heard(index, last)))
    }

    /// What was said about an item after a decision: what was signed first, otherwise what is being written.
    fn answer_to(&self, item: &str, decision: usize) -> Option<(bool, Said)> {
        let later = self.parts.iter().enumerate().filter(|(index, _)| self.heard(*index, decision));
        later
            .filter_map(|(index, part)| Some((part.sealed_at.is_some(), self.said_anew(index, item)?)))
            .min_by_key(|(signed, _)| !signed)
    }

    /// The last that a part says about an item and no part that its author knew says.
    fn said_anew(&self, index: usize, item: &str) -> Option<Said> {
        let live = &self.parts[index].live;
        if item == WHOLE_RECORD {
            let content = live.cells().filter(|cell| Key::parse(&cell.key).is_ok_and(|key| is_content(&key)));
            return content.map(|cell| (cell.at, cell.operation.actor)).max();
        }
        let known = |(place, _): &(usize, &Part<'_>)| self.knew(index, *place);
        let before = || self.parts[..index].iter().enumerate().rev().filter(known).map(|(_, part)| &part.live);
        // Where what stood clashed, to choose is to say something, whatever is chosen.
        let (told, findings) = self.known_at(item, index);
        let answer = live.register::<ItemAnswer>(&format!("i/{item}")).filter(|(_, said)| match &told[..] {
            [] => said.answer.is_some() || !said.note.trim().is_empty(),
            [standing] => {
                said.answer.is_some() && (said.answer != standing.answer || said.note.trim() != standing.note.trim())
            }
            _ => said.answer.is_some(),
        });
        let finding = live.register::<FindingDetail>(&format!("f/{item}/detail")).filter(|(_, said)| {
            let what = |it: &FindingDetail| (it.severity, it.remedy.trim().to_owned(), it.deadline);
            !matches!(&findings[..], [standing] if what(said) == what(standing))
        });
        let photos = live.under("p/").filter(|(key, _)| key.split('/').nth(1) == Some(item));
        let photos = photos.filter_map(|(key, cells)| {
            let (cell, photo) = registers::<PhotoDetail>(cells).next()?;
            let known = before().filter_map(|live| live.register::<PhotoDetail>(key)).any(|(_, known)| !known.removed);
            (!photo.removed && !known).then_some((photo.at, cell.operation.actor))
        });
        let replies = self.replies_in(index, item).map(|(said, _)| said);
        let answer = answer.map(|(cell, said)| (said.at, cell.operation.actor));
        let finding = finding.map(|(cell, said)| (said.at, cell.operation.actor));
        answer.into_iter().chain(finding).chain(photos).chain(replies).max()
    }

    /// Whether a part says anything that no part says which its author knew: at a question, to a reviewer's words, or where
    /// the inspection was made.
    pub(super) fn says_news(&self, index: usize) -> bool {
        let part = &self.parts[index];
        let codes: BTreeSet<_> = ["i/", "p/", "f/"]
            .into_iter()
            .flat_map(|prefix| part.live.under(prefix))
            .filter_map(|(key, _)| key.split('/').nth(1))
            .filter(|code| *code != WHOLE_RECORD)
            .collect();
        let said = |code: &&str| self.said_anew(index, code).is_some();
        codes.iter().any(said)
            || self.replies_in(index, WHOLE_RECORD).next().is_some()
            || self.is_elsewhere(index)
            || self.attends_anew(index)
    }

    /// Whether a part says another place than what stood.
    fn is_elsewhere(&self, index: usize) -> bool {
        let Some(here) = position(&self.parts[index].live) else { return false };
        let places = self.places(true).places;
        !matches!(&places[..], [(_, standing)] if !is_far(standing, &here))
    }

    /// Officers' replies in one part.
    fn replies_in<'s>(&'s self, index: usize, item: &str) -> impl Iterator<Item = (Said, String)> + use<'s> {
        let prefix = format!("f/{item}/{REPLY}");
        let live = &self.parts[index].live;
        let found: Vec<_> = live
            .under(&prefix)
            .filter_map(|(_, cells)| registers::<ThreadMessage>(cells).next())
            .map(|(cell, message)| ((message.at, cell.operation.actor), message.words))
            .collect();
        found.into_iter()
    }

    /// The replies about an item that answer one decision: those in parts whose author had it, and no later one that had
    /// words there too.
    fn replies_to(&self, item: &str, decision: usize, with_words: &[usize], authors: &dyn Authors) -> Vec<ReplyView> {
        let meant = |index: &usize| {
            let before = with_words.iter().copied().filter(|other| self.heard(*index, *other));
            before.max() == Some(decision)
        };
        let mut replies: Vec<_> = (0..self.parts.len())
            .filter(meant)
            .flat_map(|index| self.replies_in(index, item).map(move |said| (index, said)))
            .map(|(index, ((at, actor), words))| ReplyView {
                words,
                by: authors.attribution(actor, at),
                signed: self.parts[index].sealed_at.is_some(),
            })
            .collect();
        replies.sort_by_key(|reply| reply.by.at);
        replies
    }

    /// A reviewer's words at questions and on the whole, oldest first, with the decision that they came with.
    fn all_comments(&self, authors: &dyn Authors) -> Vec<(Option<usize>, CommentView)> {
        let asked = self.asked();
        let mut comments: Vec<(Option<usize>, CommentView)> = Vec::new();
        for (place, one) in asked.iter().enumerate() {
            let here = || asked.iter().filter(|other| other.item == one.item);
            let answer = one.decision.and_then(|decision| self.answer_to(&one.item, decision));
            // Several words of one decision at one question are answered together, after the last of them.
            let last = !asked[place + 1..].iter().any(|it| (&it.item, it.decision) == (&one.item, one.decision));
            let with_words: Vec<usize> = here().filter_map(|it| it.decision).collect();
            let replies = one.decision.filter(|_| last);
            let replies = replies.map(|decision| self.replies_to(&one.item, decision, &with_words, authors));
            let comment = CommentView {
                item: one.item.clone(),
                words: one.words.clone(),
                by: authors.attribution(one.actor, one.at),
                open: self.is_open(one),
                answered: answer
                    .map(|(signed, (at, actor))| WordsAnswer { by: authors.attribution(actor, at), signed }),
                replies: replies.unwrap_or_default(),
            };
            comments.push((one.decision, comment));
        }
        comments
    }

    /// The words at one item (`_`: the whole record), oldest first.
    pub(super) fn comments(&self, item: &str, authors: &dyn Authors) -> Vec<CommentView> {
        let all = self.all_comments(authors).into_iter().map(|(_, comment)| comment);
        all.filter(|comment| comment.item == item).collect()
    }

    /// Every decision, the one in force last.
    pub(super) fn decisions(&self, authors: &dyn Authors) -> Vec<DecisionView> {
        let comments = self.all_comments(authors);
        let with_words: Vec<usize> = (0..self.decided.len()).filter(|at| self.returned(*at)).collect();
        let view = |(place, one): (usize, &Decided)| {
            let with = comments.iter().filter(|(decision, _)| *decision == Some(place));
            DecisionView {
                decision: one.statement.decision,
                words: one.statement.words.clone(),
                by: authors.attribution(one.operation.actor, one.statement.at),
                capacity: one.statement.capacity.clone(),
                comments: with.map(|(_, comment)| comment.clone()).collect(),
                replies: self.replies_to(WHOLE_RECORD, place, &with_words, authors),
            }
        };
        self.decided.iter().enumerate().map(view).collect()
    }

    fn returned(&self, decision: usize) -> bool {
        self.decided[decision].statement.decision == Decision::Returned
    }
}

/// How the field of a finding begins that holds an officer's reply; the person's id follows, so that nobody's reply
/// replaces another's.
pub const REPLY: &str = "reply_";

/// The key of a person's reply to a reviewer's words at an item (`_`: on the whole record).
pub fn reply_key(item: &str, person: crate::id::PersonId) -> Key {
    Key::Finding(item.to_owned(), format!("{REPLY}{}", person.0.simple()))
}
