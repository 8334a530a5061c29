//! Enrolment: the link's server is asked once; afterwards the device needs the network for exchange only.
//!
//! Invariants: the store exists before the one-time code is used, so that a full disk burns no code; the keyring is written
//! last, so that a device either is enrolled whole or not at all; the author's secret never leaves the device. Until the
//! server's answer came, the secret is kept under the PIN: who asks again after a lost answer is the same author, and the
//! server answers again. An enrolled device takes a new code only from its own server and for its own person.

mod anew;
mod forgotten;

use ancu_shared::author::{AuthorCertificate, AuthorSecret};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{AuthorKey, PersonId};
use ancu_shared::link::EnrolLink;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{self, EnrolAnswer, EnrolGrant, EnrolRequest};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use zeroize::Zeroizing;

use crate::engine::{Engine, Open};
use crate::exchange::transport::Address;
use crate::fault::{Fault, Outcome};
use crate::keyring::{Binding, Keyring, StoreKey, check_pin};
use crate::store::profile::{self, Identity};
use crate::store::{Store, aside, directory, reserve};

pub use forgotten::CONSEQUENCES;

/// What a link says, before it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct EnrolPreview {
    /// The server's address.
    pub server: String,
    /// First and last bytes of the certificate's fingerprint, for comparing by eye.
    pub fingerprint: String,
    /// Whether it enrols a household head.
    pub citizen: bool,
    /// For a household head who is invited, and says a name: the premises. Who comes back by a code has both.
    pub place: Option<String>,
}

/// What is needed to enrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The link, as text.
    pub link: String,
    /// The PIN to be.
    pub pin: String,
    /// The device's name, for people.
    pub device_name: String,
    /// The holder's name (household heads).
    pub person_name: Option<String>,
}

fn parse(link: &str) -> Result<EnrolLink, Problem> {
    EnrolLink::parse(link).map_err(|error| {
        tracing::info!(%error, "a link cannot be read");
        Problem::new(ErrorCode::LinkInvalid)
    })
}

/// Reads a link without using it.
pub fn preview(link: &str) -> Result<EnrolPreview, Problem> {
    let link = parse(link)?;
    let place = match &link.grant {
        EnrolGrant::Code { .. } => None,
        EnrolGrant::Invitation { invitation } => Some(invitation.verified().ok_or(ErrorCode::LinkInvalid)?.place),
    };
    let hex = hex::encode(link.fingerprint);
    Ok(EnrolPreview {
        server: link.server,
        fingerprint: format!("{}…{}", &hex[..8], &hex[56..]),
        citizen: link.citizen,
        place,
    })
}

impl Engine {
    /// Enrols this device. On a device locked by wrong PINs a new code gives the tries back; the PIN is still asked for.
    pub fn enrol(&self, enrolment: &Enrolment) -> Result<(), Problem> {
        check_pin(&enrolment.pin)?;
        let link = parse(&enrolment.link)?;
        let device_name = wire::device_name(&enrolment.device_name)?;
        let person_name = enrolment.person_name.as_deref().map(wire::person_name).transpose()?;
        let person_name = person_name.filter(|name| !name.is_empty());
        if person_name.is_none() && matches!(link.grant, EnrolGrant::Invitation { .. }) {
            return Err(Problem::field(
                "person_name",
                "Hãy nhập họ tên chủ hộ.",
                "Enter the name of the household head.",
            ));
        }
        let one_at_a_time = self.inner.enrolling.lock().unwrap_or_else(PoisonError::into_inner);
        if self.inner.keyring.exists() {
            self.enrol_again(&link, &enrolment.pin, device_name, person_name)?;
        } else {
            self.enrol_first(&link, &enrolment.pin, device_name, person_name)?;
        }
        reserve::keep(&self.inner.folder);
        drop(one_at_a_time);
        if self.inner.is_automatic() {
            self.ask_for_exchange();
        }
        Ok(())
    }

    fn enrol_first(
        &self,
        link: &EnrolLink,
        pin: &str,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<()> {
        // What an enrolment left that did not come about. Without its keyring it cannot be read by anybody.
        Store::remove(&self.inner.folder)?;
        let mut key: StoreKey = Zeroizing::new([0; 32]);
        self.fill(key.as_mut());
        let now = self.inner.clock.now();
        let store = Store::open(&self.inner.folder, &key, now)?;
        let enrolled = self.ask(link, pin, device_name, person_name).and_then(|(identity, answer)| {
            profile::save_identity(&store.main, &identity)?;
            profile::save_context(&store.main, &answer.context)?;
            directory::offer_templates(&store.main, &answer.context.templates)?;
            let mut random = self.inner.random.lock().unwrap_or_else(PoisonError::into_inner);
            let holder = holder(answer.context.person, &answer.server);
            let binding = Binding { server: &link.fingerprint, holder: &holder };
            self.inner.keyring.create(pin, &key, binding, self.inner.cost, &mut **random)?;
            // As on a device that is locked: a new code of the same person gives the tries back, the PIN is still asked for.
            if let Err(fault) = aside::give_tries_back(&self.inner.folder, binding) {
                tracing::warn!(%fault, "a store that was set aside is still shut");
            }
            Ok(())
        });
        if let Err(fault) = enrolled {
            drop(store);
            if let Err(left) = Store::remove(&self.inner.folder) {
                tracing::warn!(%left, "an empty store could not be taken away");
            }
            return Err(fault);
        }
        *self.inner.guard() = Some(Open::new(store, Arc::clone(&self.inner.clock), Arc::clone(&self.inner.random))?);
        self.forget_question();
        Ok(())
    }

    /// A device that is enrolled takes a new code when wrong PINs locked it, when its access was taken away, or when its
    /// server does not know it any more (a backup from before its enrolment was restored). Then it stays the author that it
    /// was, so that what it has not sent, and what the server lost, is still its word.
    fn enrol_again(
        &self,
        link: &EnrolLink,
        pin: &str,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<()> {
        let locked = self.inner.keyring.attempts_left()? == Some(0);
        let mut marks = self.inner.work(|open| profile::marks(&open.store.main)).unwrap_or_default();
        if !locked && !marks.revoked && !marks.unknown {
            if self.is_damaged(pin)? {
                return self.enrol_anew(link, pin, device_name, person_name);
            }
            // The store is open now, where it was not, and says more.
            marks = self.inner.work(|open| profile::marks(&open.store.main))?;
            if !marks.revoked && !marks.unknown {
                return Err(ErrorCode::AlreadyEnrolled.into());
            }
        }
        self.may_come_back_by(link)?;
        if !locked {
            // A wrong PIN is said before it costs the code.
            self.inner.unlock(pin)?;
        }
        let same = (marks.unknown && !marks.revoked)
            .then(|| self.inner.work(|open| Ok((open.identity.secret(), open.identity.certificate.clone()))))
            .transpose()?;
        let (mut identity, answer) = match &same {
            Some((secret, known)) => self.ask_as(secret, Some(known.clone()), link, device_name, person_name)?,
            None => self.ask(link, pin, device_name, person_name)?,
        };
        // Another person's code opens nothing of this person's, and gives no tries.
        let holder = holder(answer.context.person, &answer.server);
        let binding = Binding { server: &link.fingerprint, holder: &holder };
        if !self.inner.keyring.is_for(binding)? {
            return Err(ErrorCode::CodeForeign.into());
        }
        if locked {
            self.inner.keyring.reset_attempts(binding)?;
        }
        *self.inner.guard() = None;
        self.inner.unlock(pin).map_err(|fault| if locked { old_pin_needed(fault) } else { fault })?;
        if same.is_some() {
            // Where its history went on meanwhile, so did the epoch.
            identity.epoch = self.inner.work(|open| Ok(open.identity.epoch))?;
        }
        self.inner.work(|open| {
            // Work of the old author key goes out under that key. What cannot be folded stays in the journal.
            if let Err(fault) = open.fold_all() {
                tracing::warn!(%fault, "a journal is not folded yet");
            }
            open.cut()?;
            open.atomically(|open| {
                profile::save_identity(&open.store.main, &identity)?;
                profile::save_context(&open.store.main, &answer.context)?;
                let mut marks = profile::marks(&open.store.main)?;
                (marks.revoked, marks.unknown) = (false, false);
                profile::save_marks(&open.store.main, &marks)
            })
        })?;
        *self.inner.guard() = None;
        self.inner.unlock(pin)?;
        self.forget_question();
        Ok(())
    }

    /// Refuses, before it is asked for anything, what can never bring this device's person back.
    fn may_come_back_by(&self, link: &EnrolLink) -> Outcome<()> {
        // Anybody can run a server and make links for it: nothing is asked of another than the device's own.
        if !self.inner.keyring.is_at(&link.fingerprint)? {
            return Err(ErrorCode::CertificateForeign.into());
        }
        match link.grant {
            EnrolGrant::Code { .. } => Ok(()),
            EnrolGrant::Invitation { .. } => Err(code_needed()),
        }
    }

    /// Asks the link's server.
    fn ask(
        &self,
        link: &EnrolLink,
        pin: &str,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<(Identity, EnrolAnswer)> {
        let secret = self.author_secret(link, pin)?;
        self.ask_as(&secret, None, link, device_name, person_name)
    }

    /// Asks the link's server as this author, whom it certified before or not.
    fn ask_as(
        &self,
        secret: &AuthorSecret,
        certificate: Option<AuthorCertificate>,
        link: &EnrolLink,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<(Identity, EnrolAnswer)> {
        let author = secret.public();
        let proof = secret.sign(&EnrolRequest::signed_bytes(&author, &link.grant));
        let (grant, name) = (link.grant.clone(), device_name.clone());
        let request = EnrolRequest { grant, author, proof, device_name: name, person_name, certificate };
        let address = Address { server: link.server.clone(), fingerprint: link.fingerprint, token: None };
        let transport = self.inner.connect.connect(&address).map_err(said)?;
        let answer = transport.enrol(&request).map_err(said)?;
        let certified = answer.certificate.verified(&answer.server).filter(|identity| identity.key == author);
        if certified.is_none_or(|identity| identity.person != answer.context.person) {
            return Err(ErrorCode::AnswerForeign.into());
        }
        let identity = Identity {
            seed: *secret.seed(),
            epoch: 0,
            token: answer.token.clone(),
            server: link.server.clone(),
            fingerprint: link.fingerprint,
            certifier: answer.server,
            certificate: answer.certificate.clone(),
            device_name,
        };
        Ok((identity, answer))
    }

    /// The author's secret to ask with: that of a question about the same grant that got no answer, or a new one, kept
    /// before it is used.
    fn author_secret(&self, link: &EnrolLink, pin: &str) -> Outcome<AuthorSecret> {
        let kept = Keyring::of_enrolment(&self.inner.folder);
        let grant = wire::encode(&link.grant);
        let binding = Binding { server: &link.fingerprint, holder: &grant };
        // A file that cannot be read, or that another PIN was chosen for, is of no use to anybody.
        if kept.exists()
            && kept.is_for(binding).unwrap_or(false)
            && let Ok(seed) = kept.open(pin)
        {
            return Ok(AuthorSecret::from_seed(&seed));
        }
        let mut random = self.inner.random.lock().unwrap_or_else(PoisonError::into_inner);
        let secret = AuthorSecret::generate(&mut **random);
        kept.create(pin, &secret.seed(), binding, self.inner.cost, &mut **random)?;
        Ok(secret)
    }

    /// The answer is stored: the secret is in the store now.
    fn forget_question(&self) {
        if let Err(fault) = Keyring::of_enrolment(&self.inner.folder).remove() {
            tracing::warn!(%fault, "an answered enrolment leaves its file");
        }
    }

    fn fill(&self, buffer: &mut [u8]) {
        self.inner.random.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
    }
}

/// What names a device's holder in its keyring: the person, as this server certifies them.
fn holder(person: PersonId, certifier: &AuthorKey) -> Vec<u8> {
    [&person.as_bytes()[..], &certifier.as_bytes()[..]].concat()
}

/// An invitation makes another person; a household head comes back by a code. Nothing was used.
fn code_needed() -> Fault {
    let words = Problem {
        vi: "Thư mời của cán bộ dành cho người mới nên không mở lại được máy này; thư mời này chưa bị dùng. Hãy xin cán bộ cấp mã đăng ký lại cho chính bạn: cán bộ lấy mã đó ở trang quản lý, trong trang của ngôi nhà, mục “Chủ hộ đã đăng ký”.".into(),
        en: "An officer's invitation is for somebody new and does not open this device again; it is not used up. Ask the officer for a new code for yourself: it is made in the console, on the page of your house, under “Household heads enrolled”.".into(),
        ..Problem::new(ErrorCode::CodeForeign)
    };
    words.into()
}

/// What to say where a new code gave the tries back, and the PIN that was entered beside it is not the one of the store.
fn old_pin_needed(fault: Fault) -> Fault {
    if fault.code() != ErrorCode::PinWrong {
        return fault;
    }
    let mut problem = Problem::from(fault);
    "Mã đăng ký mới đã cho thử lại, nhưng dữ liệu trên máy này chỉ mở được bằng mã PIN cũ, không phải mã PIN mới. Hãy mở khóa bằng mã PIN cũ; nếu không ai nhớ, hãy chọn “Quên mã PIN”."
        .clone_into(&mut problem.vi);
    "The new code gave the tries back, but the data on this device open with the old PIN only, not with a new one. Unlock it with the old PIN; if nobody remembers it, choose “PIN forgotten”."
        .clone_into(&mut problem.en);
    problem.into()
}

fn said(failure: Failure) -> Fault {
    failure.problem.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_link_is_said_before_anything_is_asked() {
        assert_eq!(preview("https://example.org").expect_err("no link").known_code(), ErrorCode::LinkInvalid);
        let link = EnrolLink {
            server: "https://127.0.0.1:8443".into(),
            fingerprint: [0xAB; 32],
            grant: EnrolGrant::Code { code: "ABCD-2345".into() },
            citizen: false,
        };
        let preview = preview(&link.to_text()).expect("preview");
        assert_eq!((preview.citizen, preview.fingerprint.as_str()), (false, "abababab…abababab"));
    }
}
