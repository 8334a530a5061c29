//! Giving up a visit that nobody signed, and taking it up again.
//!
//! Invariants: nothing is deleted, what was answered stays readable; a visit that is given up takes no entries until it is
//! taken up again; what a colleague said that this device had not read keeps it open ([`given_up`]).

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::DocumentId;
use ancu_shared::record::RecordKind;
use ancu_shared::record::given_up::{self, GivenUp, GivenUpReason, MAX_WORDS_CHARS};
use ancu_shared::record::register::Register as _;
use ancu_shared::record::value::Scalar;
use ancu_shared::view::InspectionView;

use super::tidy;
use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::changes::{self, Record};

/// What is said to who would give up what is signed.
const SEALED: (&str, &str) = (
    "Biên bản đã ký và khóa nên không bỏ được nữa. Nếu có gì sai, hãy lập biên bản bổ sung.",
    "The record is sealed, so the visit cannot be given up any more. If something is wrong, make a supplement.",
);
/// What is said to who would take up what is signed.
const SIGNED_MEANWHILE: (&str, &str) = (
    "Biên bản đã ký và khóa nên không cần mở lại. Nếu có gì cần ghi thêm, hãy lập biên bản bổ sung.",
    "The record is sealed, so there is nothing to take up again. If something is to be added, make a supplement.",
);

impl Open {
    /// Gives a visit up that nobody signed; once more changes nothing.
    pub(crate) fn inspection_give_up(
        &mut self,
        id: DocumentId,
        reason: GivenUpReason,
        words: &str,
    ) -> Outcome<InspectionView> {
        let root = self.open_visit(id, SEALED)?;
        let words = tidy("words", words, MAX_WORDS_CHARS)?;
        if reason == GivenUpReason::Other && words.is_empty() {
            return Err(
                Problem::field("words", "Hãy ghi lý do bỏ lần kiểm tra.", "Say why the visit is given up.").into()
            );
        }
        if self.is_given_up(&root)? {
            return self.inspection_view(root.id);
        }
        self.atomically(|open| {
            open.fold(&root)?;
            let seen = GivenUp::seen_in(&changes::cells(&open.store.main, root.id)?, open.actor());
            let statement = GivenUp { reason, words, seen, at: open.now(), by: open.person() };
            open.write(&root, &[(GivenUp::key(), statement.to_scalar())])
        })?;
        self.inspection_view(root.id)
    }

    /// Takes a visit up again that was given up.
    pub(crate) fn inspection_take_up(&mut self, id: DocumentId) -> Outcome<InspectionView> {
        let root = self.open_visit(id, SIGNED_MEANWHILE)?;
        self.atomically(|open| {
            open.fold(&root)?;
            if given_up::standing(&changes::cells(&open.store.main, root.id)?).is_none() {
                return Ok(());
            }
            open.write(&root, &[(GivenUp::key(), Scalar::Null)])
        })?;
        self.inspection_view(root.id)
    }

    /// A visit that may be written in and that nobody signed; `sealed`: what is said of one that somebody signed.
    fn open_visit(&self, id: DocumentId, (vi, en): (&str, &str)) -> Outcome<Record> {
        let root = self.inspection_root(id)?;
        self.may_write(RecordKind::Inspection, root.unit)?;
        if changes::is_sealed(&self.store.main, root.id)? {
            return Err(Problem::new(ErrorCode::RecordSealed).said(vi, en).into());
        }
        Ok(root)
    }

    /// Whether a visit is given up, as far as is known here.
    pub(crate) fn is_given_up(&self, root: &Record) -> Outcome<bool> {
        let said = changes::cells_at(&self.store.main, root.id, &GivenUp::key().to_string())?;
        if said.is_empty() {
            return Ok(false);
        }
        Ok(given_up::standing(&changes::cells(&self.store.main, root.id)?).is_some_and(|it| it.holds))
    }

    /// Refuses an entry in a visit that is given up.
    pub(crate) fn goes_on(&self, root: &Record) -> Outcome<()> {
        if self.is_given_up(root)? { Err(ErrorCode::VisitGivenUp.into()) } else { Ok(()) }
    }
}
