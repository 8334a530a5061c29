//! A PIN that nobody remembers: the store is set aside whole, the device is enrolled anew, and when the PIN comes back to
//! mind the store is put back, or its unsent work is taken into the one in use.
//!
//! Invariants: nothing is deleted; who sets a store aside has typed what it costs; unsent work goes out under the signature
//! that it was made with, and only out of a store of the same person at the same server; tries of a PIN are counted in a
//! store that was set aside as they were before, and a new enrolment code of the same person gives them back as it does on a
//! device that is locked.

use std::sync::{Arc, PoisonError};

use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::text::fold;

use super::holder;
use crate::engine::{Engine, Open};
use crate::fault::Fault;
use crate::keyring::{Binding, Keyring};
use crate::store::salvage::{self, Salvaged};
use crate::store::{Store, aside, courier, drafts, forms};

/// What is typed by whoever sets a store aside: its price. Capitals and marks don't matter.
pub const CONSEQUENCES: [&str; 2] = ["việc chưa gửi bị khóa lại", "unsent work stays locked"];

impl Engine {
    /// Sets the locked store aside: the device is as if it had never been enrolled.
    pub fn set_aside(&self, consequence: &str) -> Result<(), Problem> {
        let one_at_a_time = self.inner.enrolling.lock().unwrap_or_else(PoisonError::into_inner);
        if !CONSEQUENCES.iter().any(|words| fold(words) == fold(consequence)) {
            let [vi, en] = CONSEQUENCES;
            return Err(Problem::field(
                "consequence",
                &format!("Để cất riêng kho này, hãy gõ đúng: {vi}"),
                &format!("To set this store aside, type: {en}"),
            ));
        }
        let open = self.inner.guard();
        if open.is_some() {
            return Err(in_use(
                "Máy đang mở khóa nên mã PIN vẫn dùng được. Chỉ cất riêng kho khi không ai nhớ mã PIN; nếu vẫn muốn, hãy khóa máy trước.",
                "This device is unlocked, so its PIN is known. Set the store aside only when nobody remembers the PIN; to do it all the same, lock the device first.",
            ));
        }
        if !self.inner.keyring.exists() {
            return Err(ErrorCode::NotEnrolled.into());
        }
        aside::put(&self.inner.folder, self.inner.clock.now())?;
        tracing::warn!("a locked store was set aside");
        drop(open);
        self.inner.control.forget_exchange();
        drop(one_at_a_time);
        Ok(())
    }

    /// Puts a store back that was set aside; it is locked as it was. The device must have no other.
    pub fn put_back(&self, name: &str) -> Result<(), Problem> {
        let one_at_a_time = self.inner.enrolling.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.inner.guard();
        if self.inner.keyring.exists() {
            return Err(in_use(
                "Máy này đang dùng một kho khác. Việc chưa gửi của kho đã cất thì lấy ra được bằng mã PIN cũ; nếu đã hết lần thử, hoặc muốn đặt cả kho về chỗ cũ thì phải cất riêng kho đang dùng trước.",
                "Another store is in use on this device. Unsent work of the one that was set aside can be taken out with its PIN; where no tries are left, or to put all of it back, the one in use must be set aside first.",
            ));
        }
        aside::find(&self.inner.folder, name)?;
        // What an enrolment left that did not come about.
        Store::remove(&self.inner.folder)?;
        aside::put_back(&self.inner.folder, name)?;
        drop((open, one_at_a_time));
        Ok(())
    }

    /// Takes the unsent work of a store that was set aside into the open one, with that store's PIN, and its drafts. The store
    /// stays.
    pub fn take_unsent(&self, name: &str, pin: &str) -> Result<Salvaged, Problem> {
        let one_at_a_time = self.inner.enrolling.lock().unwrap_or_else(PoisonError::into_inner);
        let (server, holder) = self.work(|open| {
            let identity = &open.identity;
            Ok((identity.fingerprint, holder(open.person(), &identity.certifier)))
        })?;
        let place = aside::find(&self.inner.folder, name)?;
        let keyring = Keyring::in_folder(&place);
        if !keyring.is_for(Binding { server: &server, holder: &holder })? {
            return Err(Problem {
                vi: "Kho đã cất này là của người khác, hoặc của máy chủ khác, nên không lấy việc trong đó sang đây được. Người đó cần đặt kho về chỗ cũ và mở bằng mã PIN của mình. Nếu kho là của chính bạn mà máy được đăng ký bằng thư mời mới, bạn đã thành một chủ hộ khác: hãy xin cán bộ mã đăng ký lại ở trang của ngôi nhà, cất riêng kho đang dùng, rồi đăng ký bằng mã đó.".into(),
                en: "This store is another person's, or of another server, so its work cannot be taken over here. That person must put it back and open it with their own PIN. If it is your own and this device was enrolled by a new invitation, you became another household head: ask the officer for a new code from the page of your house, set aside the store in use, and enrol with that code.".into(),
                ..Problem::new(ErrorCode::Forbidden)
            });
        }
        let key = keyring.open(pin).map_err(no_more_tries)?;
        let now = self.inner.clock.now();
        let store = Store::open(&place, &key, now)?;
        let mut old = Open::new(store, Arc::clone(&self.inner.clock), Arc::clone(&self.inner.random))?;
        // In its own store, so that taking it once more gives the same. What cannot be folded stays there.
        let folded = old.fold_those(|_| true).and_then(|()| old.cut());
        if let Err(fault) = &folded {
            tracing::warn!(%fault, "not all that was entered in a store that was set aside");
        }
        let taken = self.write(|open| {
            open.atomically(|open| {
                let (envelopes, every_envelope) = salvage::envelopes(&old.store.main, &open.store, now)?;
                let (photos, every_photo) = salvage::photos(&old.store, &open.store, now)?;
                let (from, into) = (&old.store.main, &open.store.main);
                let every_note = drafts::take_over(from, into)?;
                let every_form = forms::take_over(from, into)?;
                // A colleague's file does not come along.
                let every_file = !courier::is_carrying(&old.store.main)?;
                let whole = folded.is_ok() && every_envelope && every_photo && every_note && every_form && every_file;
                Ok(Salvaged { at: now, envelopes, photos, whole })
            })
        })?;
        aside::note_taken(&self.inner.folder, name, taken)?;
        drop(one_at_a_time);
        Ok(taken)
    }
}

fn in_use(vi: &str, en: &str) -> Problem {
    Problem { vi: vi.into(), en: en.into(), ..Problem::new(ErrorCode::AlreadyEnrolled) }
}

/// What to do where the tries of a store that was set aside are used up.
fn no_more_tries(fault: Fault) -> Fault {
    if fault.code() != ErrorCode::PinLocked {
        return fault;
    }
    let words = Problem {
        vi: "Đã thử sai mã PIN của kho này 10 lần. Kho vẫn còn nguyên. Để được thử lại: cất riêng kho đang dùng, đặt kho này về chỗ cũ, rồi đăng ký lại bằng mã mới (chủ hộ: cán bộ cấp ở trang của ngôi nhà) và mã PIN cũ.".into(),
        en: "Ten wrong PINs for this store. It is kept whole. To try again: set aside the store in use, put this one back, then enrol again with a new code (household heads: from the officer, on the page of the house) and the old PIN.".into(),
        ..Problem::from(fault)
    };
    words.into()
}
