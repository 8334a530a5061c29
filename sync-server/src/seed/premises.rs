//! The demonstration's premises, as an officer would enter them.

use std::collections::BTreeMap;

use ancu_shared::clock::FixedClock;
use ancu_shared::document::Document;
use ancu_shared::id::{DocumentId, PersonId, UnitId};
use ancu_shared::record::RecordKind;
use ancu_shared::record::facility::field;
use ancu_shared::record::key::Key;
use ancu_shared::record::value::Scalar;
use ancu_shared::sync::wire::PushVerdict;
use anyhow::{Context as _, bail};
use jiff::civil::Date;
use serde::Deserialize;

use super::{DEMO, Made};
use crate::cli::refused;
use crate::service::admission::Intake;
use crate::service::decision::commit;
use crate::service::held::HeldAuthor;
use crate::service::{App, Refused};

/// The file of demonstration facts.
#[derive(Debug, Deserialize)]
pub(super) struct Demo {
    pub(super) ward: Ward,
    premises: Vec<BTreeMap<String, Scalar>>,
}

/// Which ward.
#[derive(Debug, Deserialize)]
pub(super) struct Ward {
    pub(super) code: String,
    pub(super) valid_from: Date,
}

impl Demo {
    pub(super) fn read() -> anyhow::Result<Self> {
        serde_json::from_str(DEMO).context("reading the demonstration's facts")
    }
}

/// Enters all premises in one transaction.
pub(super) async fn make(app: &App, officer: PersonId, ward: UnitId) -> anyhow::Result<Vec<Made>> {
    let (service, demo) = (app.clone(), Demo::read()?);
    let job = app.store.write(move |transaction| {
        let now = service.now();
        let Some(officer) = transaction.person(officer)? else { return Ok::<_, Refused>(Err("no officer".into())) };
        let author = HeldAuthor::of(&service, transaction, &officer, now)?;
        let mut intake = Intake::new(&service, transaction);
        let mut made = Vec::with_capacity(demo.premises.len());
        for fields in demo.premises {
            let id = service.with_random(|random| DocumentId::generate(&FixedClock(now), random));
            let mini_apartment = fields.get(field::CLASS).and_then(Scalar::as_text) == Some("mini_apartment");
            let mut puts = vec![(Key::Header(field::SCHEMA.into()), Scalar::Int(1))];
            puts.extend(fields.into_iter().map(|(name, value)| (Key::Header(name), value)));
            let changes = commit(&mut Document::new(author.actor()), &puts, now)?;
            let verdict = author.submit(&mut intake, id, RecordKind::Facility, ward, changes, now)?;
            if verdict != PushVerdict::Accepted {
                return Ok(Err(format!("{verdict:?}")));
            }
            made.push(Made { id, mini_apartment });
        }
        intake.finish()?;
        Ok(Ok(made))
    });
    match job.await.map_err(refused)? {
        Ok(made) => Ok(made),
        Err(reason) => bail!("a premises was not admitted: {reason}"),
    }
}
