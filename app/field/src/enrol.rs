//! Enrolment: the link's server is asked once; afterwards the device needs the network for exchange only.
//!
//! Invariants: the store exists before the one-time code is used, so that a full disk burns no code; the keyring is written
//! last, so that a device either is enrolled whole or not at all; the author's secret never leaves the device.

use ancu_shared::author::AuthorSecret;
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::link::EnrolLink;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{EnrolAnswer, EnrolGrant, EnrolRequest};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use zeroize::Zeroizing;

use crate::engine::{Engine, Open};
use crate::exchange::transport::Address;
use crate::fault::{Fault, Outcome};
use crate::keyring::{StoreKey, check_pin};
use crate::records::tidy;
use crate::store::profile::{self, Identity};
use crate::store::{Store, directory};

/// What a link says, before it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct EnrolPreview {
    /// The server's address.
    pub server: String,
    /// First and last bytes of the certificate's fingerprint, for comparing by eye.
    pub fingerprint: String,
    /// Whether it enrols a household head.
    pub citizen: bool,
    /// For a household head: the premises.
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
        citizen: place.is_some(),
        place,
    })
}

impl Engine {
    /// Enrols this device. On a device locked by wrong PINs a new code gives the tries back; the PIN is still asked for.
    pub fn enrol(&self, enrolment: &Enrolment) -> Result<(), Problem> {
        check_pin(&enrolment.pin)?;
        let link = parse(&enrolment.link)?;
        let device_name = tidy("device_name", &enrolment.device_name, 80)?;
        if device_name.is_empty() {
            return Err(Problem::field("device_name", "Hãy đặt tên cho máy.", "Give the device a name."));
        }
        let person_name = enrolment.person_name.as_deref().map(|name| tidy("person_name", name, 120)).transpose()?;
        let person_name = person_name.filter(|name| !name.is_empty());
        if person_name.is_none() && matches!(link.grant, EnrolGrant::Invitation { .. }) {
            return Err(Problem::field(
                "person_name",
                "Hãy nhập họ tên chủ hộ.",
                "Enter the name of the household head.",
            ));
        }
        if self.inner.keyring.exists() {
            self.enrol_again(&link, &enrolment.pin, device_name, person_name)?;
        } else {
            self.enrol_first(&link, &enrolment.pin, device_name, person_name)?;
        }
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
        let _one_at_a_time = self.inner.enrolling.lock().unwrap_or_else(PoisonError::into_inner);
        if self.inner.keyring.exists() {
            return Err(ErrorCode::AlreadyEnrolled.into());
        }
        // What an enrolment left that did not come about. Without its keyring it cannot be read by anybody.
        Store::remove(&self.inner.folder)?;
        let mut key: StoreKey = Zeroizing::new([0; 32]);
        self.fill(key.as_mut());
        let now = self.inner.clock.now();
        let store = Store::open(&self.inner.folder, &key, now)?;
        let enrolled = self.ask(link, device_name, person_name).and_then(|(identity, answer)| {
            profile::save_identity(&store.main, &identity)?;
            profile::save_context(&store.main, &answer.context)?;
            directory::offer_templates(&store.main, &answer.context.templates)?;
            let mut random = self.inner.random.lock().unwrap_or_else(PoisonError::into_inner);
            self.inner.keyring.create(pin, &key, self.inner.cost, &mut **random)
        });
        if let Err(fault) = enrolled {
            drop(store);
            if let Err(left) = Store::remove(&self.inner.folder) {
                tracing::warn!(%left, "an empty store could not be taken away");
            }
            return Err(fault);
        }
        *self.inner.guard() = Some(Open::new(store, Arc::clone(&self.inner.clock), Arc::clone(&self.inner.random))?);
        Ok(())
    }

    /// A device that is enrolled takes a new code when wrong PINs locked it, or when its access was taken away.
    fn enrol_again(
        &self,
        link: &EnrolLink,
        pin: &str,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<()> {
        let locked = self.inner.keyring.attempts_left()? == Some(0);
        let revoked = self.inner.work(|open| Ok(profile::marks(&open.store.main)?.revoked)).unwrap_or(false);
        if !locked && !revoked {
            return Err(ErrorCode::AlreadyEnrolled.into());
        }
        let (identity, answer) = self.ask(link, device_name, person_name)?;
        if locked {
            self.inner.keyring.reset_attempts()?;
        }
        *self.inner.guard() = None;
        self.inner.unlock(pin)?;
        self.inner.work(|open| {
            if answer.context.person != open.person() {
                // Another person's code opens nothing of this person's.
                return Err(ErrorCode::Forbidden.into());
            }
            // Work of the old author key goes out under that key.
            open.fold_all()?;
            open.cut()?;
            open.atomically(|open| {
                profile::save_identity(&open.store.main, &identity)?;
                profile::save_context(&open.store.main, &answer.context)?;
                let mut marks = profile::marks(&open.store.main)?;
                marks.revoked = false;
                profile::save_marks(&open.store.main, &marks)
            })
        })?;
        *self.inner.guard() = None;
        self.inner.unlock(pin)
    }

    /// Asks the link's server, with a new author key.
    fn ask(
        &self,
        link: &EnrolLink,
        device_name: String,
        person_name: Option<String>,
    ) -> Outcome<(Identity, EnrolAnswer)> {
        let secret = {
            let mut random = self.inner.random.lock().unwrap_or_else(PoisonError::into_inner);
            AuthorSecret::generate(&mut **random)
        };
        let author = secret.public();
        let proof = secret.sign(&EnrolRequest::signed_bytes(&author, &link.grant));
        let request =
            EnrolRequest { grant: link.grant.clone(), author, proof, device_name: device_name.clone(), person_name };
        let address = Address { server: link.server.clone(), fingerprint: link.fingerprint, token: None };
        let transport = self.inner.connect.connect(&address).map_err(said)?;
        let answer = transport.enrol(&request).map_err(said)?;
        let certified = answer.certificate.verified(&answer.server).filter(|identity| identity.key == author);
        if certified.is_none() {
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

    fn fill(&self, buffer: &mut [u8]) {
        self.inner.random.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
    }
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
        };
        let preview = preview(&link.to_text()).expect("preview");
        assert_eq!((preview.citizen, preview.fingerprint.as_str()), (false, "abababab…abababab"));
    }
}
