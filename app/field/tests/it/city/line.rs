//! The way to the city's server, as a device has it: up or down, cut, slow to answer.

use ancu_field::exchange::transport::{Address, Connect, Transport, Upload};
use ancu_shared::envelope::Envelope;
use ancu_shared::error::ErrorCode;
use ancu_shared::id::{BundleId, EnvelopeId, PersonId, PhotoHash};
use ancu_shared::role::Role;
use ancu_shared::sync::admission::check_envelope;
use ancu_shared::sync::brief;
use ancu_shared::sync::session::Failure;
use ancu_shared::sync::wire::{
    Context, Cursor, EnrolAnswer, EnrolGrant, EnrolRequest, EnvelopeOffer, EnvelopeOfferAnswer, Home, PhotoOffer,
    PhotoOfferAnswer, PullAnswer, PullRequest, PushAnswer, PushOutcome, PushRequest, PushVerdict, UnitPage,
};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::MutexGuard;

use super::{Account, City, NOON, State};

impl Connect for City {
    fn connect(&self, address: &Address) -> Result<Box<dyn Transport>, Failure> {
        assert_eq!(address.fingerprint, [5; 32]);
        Ok(Box::new(Line { city: self.clone(), token: address.token.clone() }))
    }
}

struct Line {
    city: City,
    token: Option<String>,
}

impl Line {
    fn up(&self) -> Result<MutexGuard<'_, State>, Failure> {
        let state = self.city.state();
        if state.down { Err(Failure::new(ErrorCode::ServerUnreachable)) } else { Ok(state) }
    }

    fn account(&self, state: &State) -> Result<usize, Failure> {
        if state.revoked {
            return Err(Failure::new(ErrorCode::DeviceRevoked));
        }
        let token = self.token.as_ref().ok_or_else(|| Failure::new(ErrorCode::LoginRequired))?;
        state.tokens.get(token).copied().ok_or_else(|| Failure::new(ErrorCode::LoginRequired))
    }
}

impl Transport for Line {
    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, Failure> {
        let mut state = self.up()?;
        let signed = EnrolRequest::signed_bytes(&request.author, &request.grant);
        assert!(ancu_shared::author::verify(&request.author, &signed, &request.proof), "proof of possession");
        let (account, once) = match &request.grant {
            EnrolGrant::Code { code } => {
                let account = state.accounts.get(code).copied();
                (account.ok_or_else(|| Failure::new(ErrorCode::CodeUnknown))?, code.clone().into_bytes())
            }
            EnrolGrant::Invitation { invitation } => {
                let invited = invitation.verified().expect("signed");
                assert!(state.authors.contains_key(&invited.author), "by an officer of ours");
                assert!(invited.expires_at > NOON, "in time by the server's clock");
                let known = state.authors.get(&request.author).map(|(account, _)| *account);
                let person = PersonId::from_bytes([state.people.len() as u8 + 100; 16]);
                let home = Home { facility: invited.facility, unit: invited.unit, place: invited.place };
                let name = request.person_name.clone().expect("a head has a name");
                let account = known.unwrap_or_else(|| {
                    state.people.push(Account { person, name, role: Role::HouseholdHead, home: Some(home) });
                    state.people.len() - 1
                });
                (account, invited.nonce.to_vec())
            }
        };
        // Who asks again is answered again; nobody else.
        if *state.used.entry(once).or_insert(request.author) != request.author {
            return Err(Failure::new(ErrorCode::CodeUsed));
        }
        let known = state.authors.get(&request.author).map(|(_, certificate)| certificate.clone());
        let certificate = known.unwrap_or_else(|| state.certify(account, request.author, &request.device_name, false));
        let token = format!("token-{}", state.random.next_u64());
        state.tokens.insert(token.clone(), account);
        let server = state.certifier.public();
        if std::mem::take(&mut state.lose_next_answer) {
            return Err(Failure::new(ErrorCode::ServerUnreachable));
        }
        Ok(EnrolAnswer { token, certificate, server, context: state.context(account) })
    }

    fn context(&self) -> Result<Context, Failure> {
        let state = self.up()?;
        let account = self.account(&state)?;
        Ok(state.context(account))
    }

    fn template(&self, sha256: &str) -> Result<Vec<u8>, Failure> {
        let state = self.up()?;
        assert_eq!(sha256, hex::encode(Sha256::digest(&state.template)));
        Ok(state.template.clone())
    }

    fn push(&self, request: &PushRequest) -> Result<PushAnswer, Failure> {
        let mut state = self.up()?;
        self.account(&state)?;
        state.pushes += 1;
        let mut outcomes = Vec::new();
        for bytes in &request.envelopes {
            let verdict = match check_envelope(bytes) {
                Ok(checked) => state.take(checked, bytes),
                Err(refusal) => refusal.verdict(),
            };
            outcomes.push(PushOutcome { envelope: EnvelopeId::of(bytes), verdict });
        }
        if std::mem::take(&mut state.lose_next_answer) {
            return Err(Failure::new(ErrorCode::ServerUnreachable));
        }
        Ok(PushAnswer { outcomes, clock: state.clock, mark: None })
    }

    fn offer_envelopes(&self, request: &EnvelopeOffer) -> Result<EnvelopeOfferAnswer, Failure> {
        let state = self.up()?;
        self.account(&state)?;
        let held = |id: &EnvelopeId| state.standing().any(|(_, (_, known, ..))| known == id);
        let known = request.envelopes.iter().filter(|id| held(id));
        let outcome = |id: &EnvelopeId| PushOutcome { envelope: *id, verdict: PushVerdict::AlreadyKnown };
        Ok(EnvelopeOfferAnswer { outcomes: known.map(outcome).collect(), mark: None })
    }

    fn begin_cargo(&self, _: &BundleId, _: u64, _: Option<&str>) -> Result<Upload, Failure> {
        // Only the real server opens a courier's file.
        Err(Failure::new(ErrorCode::NotFound))
    }

    fn cargo_receipt(&self, _: &BundleId) -> Result<Vec<u8>, Failure> {
        Err(Failure::new(ErrorCode::NotFound))
    }

    fn pull(&self, request: &PullRequest) -> Result<PullAnswer, Failure> {
        let panics = std::mem::take(&mut self.up()?.panic_once);
        assert!(!panics, "the test wants a panic here");
        let meanwhile = self.up()?.meanwhile.take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        let state = self.up()?;
        let account = self.account(&state)?;
        let context = state.context(account);
        let me = &state.people[account];
        let epoch = format!("e{}", state.epoch);
        let (mut units, mut wanted) = (Vec::new(), BTreeSet::new());
        for asked in &request.cursors {
            let known = asked.cursor.as_ref();
            let restarted = known.is_some_and(|cursor| cursor.epoch != epoch);
            let from = known.filter(|cursor| cursor.epoch == epoch).map_or(0, |cursor| cursor.sequence) as usize;
            let page: Vec<_> = state.standing().skip_while(|(place, _)| *place < from).take(3).collect();
            let read_to = page.last().map_or(state.feed.len(), |(place, _)| place + 1);
            let mut envelopes = Vec::new();
            for (_, (_, _, bytes, author)) in &page {
                let envelope = Envelope::decode(bytes).expect("stored");
                let facts = state.records[&envelope.document].facts.expect("known");
                let subject = facts.subject.and_then(|id| state.records.get(&id)).and_then(|record| record.facts);
                let own = facts.owner == me.person || subject.is_some_and(|subject| subject.owner == me.person);
                // Whoever made it and still stands somewhere in this feed has it, or will ask for it in full.
                let by_name =
                    request.own_by_name && known.is_some() && !restarted && state.authors[author].0 == account;
                if by_name {
                    envelopes.push(ByteBuf::from(EnvelopeId::of(bytes).0));
                    wanted.insert(*author);
                } else if me.home.is_none() || own {
                    envelopes.push(ByteBuf::from(if request.brief { brief::brief(bytes) } else { bytes.clone() }));
                    wanted.insert(*author);
                }
            }
            envelopes.extend(state.garbage.clone().map(ByteBuf::from));
            let cursor = Cursor { epoch: epoch.clone(), sequence: read_to as u64 };
            let more = state.standing().any(|(place, _)| place >= read_to);
            units.push(UnitPage { unit: asked.unit, envelopes, cursor, moved: vec![], more, restarted });
        }
        let authors = wanted.iter().map(|key| state.authors[key].1.clone()).collect();
        let context = Some(context).filter(|context| request.context.is_some_and(|tag| tag != context.tag()));
        Ok(PullAnswer {
            units,
            gone: vec![],
            authors,
            clock: state.clock,
            context,
            clocks: state.clocks.clone(),
            templates: vec![],
            mark: None,
        })
    }

    fn offer_photos(&self, request: &PhotoOffer) -> Result<PhotoOfferAnswer, Failure> {
        let state = self.up()?;
        let (held, missing) = request.hashes.iter().partition(|hash| state.photos.contains_key(hash));
        Ok(PhotoOfferAnswer { missing, held, mark: None })
    }

    fn photo(&self, hash: &PhotoHash) -> Result<Vec<u8>, Failure> {
        self.up()?.photos.get(hash).cloned().ok_or_else(|| Failure::new(ErrorCode::NotFound))
    }

    fn begin_upload(&self, hash: &PhotoHash, bytes: u64, url: Option<&str>) -> Result<Upload, Failure> {
        let mut state = self.up()?;
        assert!(bytes > 0);
        if let Some((url, (_, held))) = url.and_then(|url| state.uploads.get_key_value(url)) {
            return Ok(Upload::GoesOn { url: url.clone(), offset: held.len() as u64 });
        }
        let url = format!("/uploads/{}", state.uploads.len());
        state.uploads.insert(url.clone(), (*hash, Vec::new()));
        Ok(Upload::GoesOn { url, offset: 0 })
    }

    fn send_piece(&self, url: &str, offset: u64, piece: &[u8]) -> Result<Upload, Failure> {
        let mut state = self.up()?;
        if let Some(left) = &mut state.pieces_left {
            if *left == 0 {
                return Err(Failure::new(ErrorCode::ServerUnreachable));
            }
            *left -= 1;
        }
        state.pieces += 1;
        let (hash, mut bytes) = state.uploads.remove(url).ok_or_else(|| Failure::new(ErrorCode::NotFound))?;
        assert_eq!(bytes.len() as u64, offset);
        bytes.extend_from_slice(piece);
        if PhotoHash::of(&bytes) == hash && std::mem::take(&mut state.fail_to_keep) {
            state.uploads.insert(url.to_owned(), (hash, bytes));
            return Err(Failure::new(ErrorCode::Unavailable));
        }
        if PhotoHash::of(&bytes) == hash {
            state.photos.insert(hash, bytes);
            return Ok(Upload::Receipted(None));
        }
        let offset = bytes.len() as u64;
        state.uploads.insert(url.to_owned(), (hash, bytes));
        Ok(Upload::GoesOn { url: url.to_owned(), offset })
    }
}
