//! Enrolment: a device's author key is certified and the device gets its token.
//!
//! Invariants: a code or an invitation works once; the device proved that it holds the key; nothing is written unless all
//! of it holds. Unknown, used and expired codes are told apart, because each asks for another remedy.

use std::sync::Arc;

use ancu_shared::author::{self, AuthorCertificate, AuthorIdentity};
use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DeviceId, PersonId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::{EnrolAnswer, EnrolGrant, EnrolRequest, Home, Invitation, SignedInvitation};
use ancu_shared::text::nfc;
use serde_json::json;

use super::access::Caller;
use super::context::context;
use super::{App, Outcome, Service};
use crate::clock::{random_token, token_hash};
use crate::store::Transaction;
use crate::store::rows::{AuditEntry, AuthorRow, CodeState, DeviceRow, PersonRow};

/// The longest life of an invitation; what says more is cut.
const INVITATION_MILLIS: i64 = 24 * 3_600_000;
/// How far ahead of ours the inviting officer's clock may be.
const CLOCK_SLACK_MILLIS: i64 = 3_600_000;

/// Enrols a device. `address` is who asks, for slowing down guesses.
pub async fn enrol(app: &App, request: EnrolRequest, address: &str) -> Outcome<EnrolAnswer> {
    let now = app.now();
    let key = format!("enrol|{address}");
    if !app.throttle.allows(&key, now) {
        return Err(ErrorCode::TooManyRequests.into());
    }
    let service = Arc::clone(app);
    let answer = app.store.write(move |transaction| grant(&service, transaction, request)).await;
    if let Err(refused) = &answer
        && refused.0.known_code() == ErrorCode::CodeUnknown
    {
        app.throttle.failed(&key, now);
    }
    answer
}

fn grant(service: &Service, transaction: &dyn Transaction, request: EnrolRequest) -> Outcome<EnrolAnswer> {
    let now = service.now();
    let device_name = name(&request.device_name, "device_name", 80)?;
    let signed = EnrolRequest::signed_bytes(&request.author, &request.grant);
    if !author::verify(&request.author, &signed, &request.proof) {
        return Err(Problem::new(ErrorCode::SignatureInvalid).at("proof").into());
    }
    if transaction.author(&request.author)?.is_some() {
        return Err(ErrorCode::AlreadyEnrolled.into());
    }
    let person = match &request.grant {
        EnrolGrant::Code { code } => by_code(transaction, code, now)?,
        EnrolGrant::Invitation { invitation } => {
            by_invitation(service, transaction, invitation, request.person_name.as_deref(), now)?
        }
    };
    let (token, device) =
        service.with_random(|random| (random_token(random), DeviceId::generate(&FixedClock(now), random)));
    transaction.add_device(&DeviceRow {
        id: device,
        person: person.id,
        name: device_name.clone(),
        token_hash: Some(token_hash(&token)),
        enrolled_at: now,
        revoked_at: None,
        app_version: String::new(),
        last_exchange_at: None,
        clock_offset_ms: 0,
        unsent_envelopes: 0,
        unsent_photos: 0,
        oldest_unsent: None,
    })?;
    let identity = AuthorIdentity {
        key: request.author,
        person: person.id,
        person_name: person.name.clone(),
        device,
        device_name: device_name.clone(),
        held_by_server: false,
        certified_at: now,
    };
    let certificate = AuthorCertificate::issue(&identity, &service.certifier);
    transaction.add_author(&AuthorRow {
        key: request.author,
        person: person.id,
        device,
        certificate: certificate.clone(),
        certified_at: now,
        held: None,
    })?;
    transaction.audit(
        &AuditEntry {
            unit: person.home.as_ref().map(|home| home.unit),
            person: Some(person.id),
            device: Some(device),
            action: "device.enrolled",
            subject: device.to_string(),
            details: json!({ "name": device_name, "author": request.author }),
        },
        now,
    )?;
    let caller = Caller { posts: transaction.posts(person.id)?, person, device: Some(device), now };
    let context = context(service, transaction, &caller, device)?;
    Ok(EnrolAnswer { token, certificate, server: service.certifier.public(), context })
}

fn by_code(transaction: &dyn Transaction, code: &str, now: UtcMillis) -> Outcome<PersonRow> {
    let code = code.trim().to_ascii_uppercase();
    match transaction.take_code(&token_hash(&code), now)? {
        CodeState::Unknown => Err(ErrorCode::CodeUnknown.into()),
        CodeState::Used => Err(ErrorCode::CodeUsed.into()),
        CodeState::Expired => Err(ErrorCode::CodeExpired.into()),
        CodeState::Granted(person) => transaction
            .person(person)?
            .filter(|person| person.disabled_at.is_none())
            .ok_or_else(|| ErrorCode::CodeUnknown.into()),
    }
}

/// A household head comes into being by an officer's invitation.
fn by_invitation(
    service: &Service,
    transaction: &dyn Transaction,
    signed: &SignedInvitation,
    person_name: Option<&str>,
    now: UtcMillis,
) -> Outcome<PersonRow> {
    let invitation = signed.verified().ok_or(ErrorCode::SignatureInvalid)?;
    let officer = transaction.author(&invitation.author)?.ok_or(ErrorCode::AuthorUnknown)?;
    if transaction.invitation_used(&invitation.nonce)? {
        return Err(ErrorCode::CodeUsed.into());
    }
    if invitation.expires_at <= now || invitation.expires_at.since(now) > INVITATION_MILLIS + CLOCK_SLACK_MILLIS {
        return Err(ErrorCode::CodeExpired.into());
    }
    if transaction.device(officer.device)?.is_some_and(|device| device.revoked_at.is_some()) {
        return Err(ErrorCode::DeviceRevoked.into());
    }
    let directory = service.directory(transaction)?;
    let posts = transaction.posts(officer.person)?;
    let may_invite = |role: Role| role.may_review(RecordKind::Dwelling);
    if !directory.scope_of_posts(&posts, now.hanoi_date(), may_invite).contains(&invitation.unit) {
        return Err(ErrorCode::Forbidden.into());
    }
    // The officer may have made the premises on the way: then they are not here yet, which is no harm.
    if let Some(facility) = transaction.document(invitation.facility)?
        && (facility.kind != RecordKind::Facility || facility.unit != invitation.unit)
    {
        return Err(ErrorCode::RecordMismatch.into());
    }
    let name = name(person_name.unwrap_or_default(), "person_name", 120)?;
    let id = service.with_random(|random| PersonId::generate(&FixedClock(now), random));
    let person = PersonRow {
        id,
        name,
        username: None,
        password_hash: None,
        home: Some(home(&invitation)),
        created_at: now,
        disabled_at: None,
    };
    transaction.put_person(&person)?;
    transaction.add_post(
        id,
        &Post { role: Role::HouseholdHead, unit: invitation.unit, valid_from: Some(now.hanoi_date()), valid_to: None },
    )?;
    transaction.take_invitation(&invitation.nonce, invitation.author, invitation.facility, id, now)?;
    Ok(person)
}

fn home(invitation: &Invitation) -> Home {
    let place: String = nfc(&invitation.place).chars().take(300).collect();
    Home { facility: invitation.facility, unit: invitation.unit, place }
}

/// A name as it is stored: NFC, trimmed, neither empty nor too long, without control characters.
pub fn name(text: &str, field: &str, longest: usize) -> Outcome<String> {
    let text = nfc(text.trim());
    if text.is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
        return Err(Problem::field(
            field,
            &format!("Cần 1 đến {longest} ký tự."),
            &format!("1 to {longest} characters are needed."),
        )
        .into());
    }
    Ok(text)
}
