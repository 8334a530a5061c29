//! Enrolment: a device's author key is certified and the device gets its token.
//!
//! Invariants: a code or an invitation works once (the same key may ask again until it has exchanged anything: an answer may
//! be lost on the way); the device proved that it holds the key; nothing is written unless all
//! of it holds. Unknown, used and expired codes are told apart, because each asks for another remedy.

use std::net::IpAddr;
use std::sync::Arc;

use ancu_shared::author;
use ancu_shared::clock::{FixedClock, UtcMillis};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{AuthorKey, DeviceId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::role::{Post, Role};
use ancu_shared::sync::wire::{
    self, EnrolAnswer, EnrolGrant, EnrolRequest, Home, Invitation, MAX_PERSON_NAME_CHARS, SignedInvitation,
};
use ancu_shared::text::free::{self, Shape};
use ancu_shared::text::nfc;
use base64::Engine as _;
use serde_json::json;
use sha2::Digest as _;

use super::access::Caller;
use super::certify::{NewAuthor, certify};
use super::context::context;
use super::{App, Outcome, Service};
use crate::clock::token_hash;
use crate::store::Transaction;
use crate::store::rows::{AuditEntry, AuthorRow, CodeState, PersonRow};

/// The longest life of an invitation; what says more is cut.
const INVITATION_MILLIS: i64 = 24 * 3_600_000;
/// How far ahead of ours the inviting officer's clock may be.
const CLOCK_SLACK_MILLIS: i64 = 3_600_000;

/// Enrols a device. `address` is who asks, for slowing down guesses.
pub async fn enrol(app: &App, request: EnrolRequest, address: IpAddr) -> Outcome<EnrolAnswer> {
    super::behind::check(app).await?;
    let counted = app.throttle.take("enrol", address, app.now()).ok_or(ErrorCode::TooManyRequests)?;
    let service = Arc::clone(app);
    let answer = app.store.write(move |transaction| grant(&service, transaction, request)).await;
    // Only a guess at a code stays counted.
    if !matches!(&answer, Err(refused) if refused.0.known_code() == ErrorCode::CodeUnknown) {
        app.throttle.give_back(counted);
    }
    answer
}

fn grant(service: &Service, transaction: &dyn Transaction, request: EnrolRequest) -> Outcome<EnrolAnswer> {
    let now = service.now();
    let device_name = wire::device_name(&request.device_name)?;
    let signed = EnrolRequest::signed_bytes(&request.author, &request.grant);
    if !author::verify(&request.author, &signed, &request.proof) {
        return Err(Problem::new(ErrorCode::SignatureInvalid).at("proof").into());
    }
    let mut comes_back = false;
    if let (Some(certificate), EnrolGrant::Code { .. }) = (&request.certificate, &request.grant) {
        // The key is proved; only this very author comes back, and only with a code of its own person.
        let mine = certificate.verified(&service.certifier.public());
        comes_back = mine.is_some_and(|identity| identity.key == request.author && !identity.held_by_server);
        if comes_back {
            super::authors::take_back(service, transaction, std::slice::from_ref(certificate), now)?;
        }
    }
    if let Some(author) = transaction.author(&request.author)? {
        if may_come_back(transaction, &author, comes_back)? {
            return token_again(service, transaction, &request, author, now);
        }
        return again(service, transaction, &request.grant, author, now);
    }
    let person = match &request.grant {
        EnrolGrant::Code { code } => by_code(transaction, code, &request.author, now)?,
        EnrolGrant::Invitation { invitation } => {
            by_invitation(service, transaction, invitation, request.person_name.as_deref(), now)?
        }
    };
    let device = service.with_random(|random| DeviceId::generate(&FixedClock(now), random));
    let token = token_of(service, &request.author, device);
    let new = NewAuthor {
        key: request.author,
        person: &person,
        device,
        device_name: &device_name,
        token_hash: Some(token_hash(&token)),
        seed: None,
    };
    let certificate = certify(service, transaction, new, now)?;
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

/// A device's token. The same question has the same answer: one that comes twice, or late, shuts nobody out.
fn token_of(service: &Service, author: &AuthorKey, device: DeviceId) -> String {
    let bytes = [b"ancu-token-v1", &author.as_bytes()[..], &device.as_bytes()[..]].concat();
    let signature = service.certifier.sign(&bytes);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(signature.0))
}

/// Whether this author, who proved to be it, gets its token for another code: it was taken back by its certificate; or it shows that
/// (`comes_back`), and is here only because its first question, long on its way, came once more after an older backup was restored, and was
/// answered to nobody.
fn may_come_back(transaction: &dyn Transaction, author: &AuthorRow, comes_back: bool) -> Outcome<bool> {
    let device = transaction.device(author.device)?.filter(|it| author.held.is_none() && it.revoked_at.is_none());
    Ok(device.is_some_and(|it| it.token_hash.is_none() || comes_back && it.last_exchange_at.is_none()))
}

/// A device whose enrolment a restored backup did not know gets its token again, for a new code of the same person.
fn token_again(
    service: &Service,
    transaction: &dyn Transaction,
    request: &EnrolRequest,
    author: AuthorRow,
    now: UtcMillis,
) -> Outcome<EnrolAnswer> {
    let EnrolGrant::Code { code } = &request.grant else { return Err(ErrorCode::AlreadyEnrolled.into()) };
    if by_code(transaction, code, &request.author, now)?.id != author.person {
        return Err(ErrorCode::CodeForeign.into());
    }
    let token = token_of(service, &author.key, author.device);
    transaction.renew_token(author.device, &token_hash(&token))?;
    let caller = Caller::load(transaction, author.person, Some(author.device), now)?.ok_or(ErrorCode::CodeUnknown)?;
    let context = context(service, transaction, &caller, author.device)?;
    Ok(EnrolAnswer { token, certificate: author.certificate, server: service.certifier.public(), context })
}

/// A device whose answer was lost asks again, with the same key and the same grant: it gets the same answer. Once it has
/// exchanged anything, it had its answer.
fn again(
    service: &Service,
    transaction: &dyn Transaction,
    grant: &EnrolGrant,
    author: AuthorRow,
    now: UtcMillis,
) -> Outcome<EnrolAnswer> {
    let same = match grant {
        EnrolGrant::Code { code } => transaction.code_used_by(&code_hash(code))? == Some(author.key),
        EnrolGrant::Invitation { invitation } => match invitation.verified() {
            Some(invitation) => transaction.invited_person(&invitation.nonce)? == Some(author.person),
            None => false,
        },
    };
    let device = transaction.device(author.device)?.filter(|device| {
        device.last_exchange_at.is_none() && device.revoked_at.is_none() && device.token_hash.is_some()
    });
    let (true, Some(device)) = (same, device) else { return Err(ErrorCode::AlreadyEnrolled.into()) };
    let caller = Caller::load(transaction, author.person, Some(device.id), now)?;
    let caller = caller.filter(|caller| caller.person.disabled_at.is_none()).ok_or(ErrorCode::CodeUnknown)?;
    let token = token_of(service, &author.key, device.id);
    transaction.renew_token(device.id, &token_hash(&token))?;
    let context = context(service, transaction, &caller, device.id)?;
    Ok(EnrolAnswer { token, certificate: author.certificate, server: service.certifier.public(), context })
}

fn code_hash(code: &str) -> [u8; 32] {
    token_hash(&code.trim().to_ascii_uppercase())
}

fn by_code(transaction: &dyn Transaction, code: &str, author: &AuthorKey, now: UtcMillis) -> Outcome<PersonRow> {
    match transaction.take_code(&code_hash(code), author, now)? {
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
    if transaction.invited_person(&invitation.nonce)?.is_some() {
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
    let mut unit = invitation.unit;
    if let Some(facility) = transaction.document(invitation.facility)? {
        let invited_to = facility.unit == unit || transaction.was_in(facility.id, unit)?;
        if facility.kind != RecordKind::Facility || !invited_to {
            return Err(ErrorCode::RecordMismatch.into());
        }
        unit = facility.unit;
    }
    let name = name(&wire::person_name(person_name.unwrap_or_default())?, "person_name", MAX_PERSON_NAME_CHARS)?;
    let id = service.with_random(|random| PersonId::generate(&FixedClock(now), random));
    let person = PersonRow {
        id,
        name,
        username: None,
        password_hash: None,
        home: Some(home(&invitation, unit)),
        created_at: now,
        disabled_at: None,
    };
    transaction.put_person(&person)?;
    transaction
        .add_post(id, &Post { role: Role::HouseholdHead, unit, valid_from: Some(now.hanoi_date()), valid_to: None })?;
    transaction.take_invitation(&invitation.nonce, invitation.author, invitation.facility, id, now)?;
    Ok(person)
}

fn home(invitation: &Invitation, unit: UnitId) -> Home {
    let place: String = nfc(&invitation.place).chars().take(300).collect();
    Home { facility: invitation.facility, unit, place }
}

/// A name as it is stored: of one line ([`free::tidy`]), neither empty nor too long.
pub fn name(text: &str, field: &str, longest: usize) -> Outcome<String> {
    let text = free::tidy(field, text, Shape::Line, longest)?;
    if text.is_empty() {
        return Err(Problem::field(
            field,
            &format!("Cần 1 đến {longest} ký tự."),
            &format!("1 to {longest} characters are needed."),
        )
        .into());
    }
    Ok(text)
}
