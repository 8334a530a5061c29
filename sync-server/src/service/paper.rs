//! A record as PDF for who may read it in the console.
//!
//! Invariant: one is set at a time, away from the threads that answer, so that no number of readers takes the memory or the
//! processor from the devices' exchanges.

use std::sync::Arc;

use ancu_print::{MAX_PHOTOS, PrintError, Record};
use ancu_shared::error::{ErrorCode, Problem};
use ancu_shared::id::{DocumentId, PhotoHash};
use ancu_shared::record::proof::{self, Proof};
use ancu_shared::record::register::{Register as _, SealStatement};
use ancu_shared::template::Template;
use ancu_shared::view::{FacilitySheet, InspectionView};
use tokio::sync::Semaphore;

use super::access::Caller;
use super::{App, Outcome, Refused, console};
use crate::store::StoreError;

static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

struct Gathered {
    view: InspectionView,
    template: Arc<Template>,
    premises: Option<FacilitySheet>,
    check: Option<String>,
}

/// The document and what its file is called.
pub async fn paper(app: &App, caller: Caller, id: DocumentId) -> Outcome<(String, Vec<u8>)> {
    let service = Arc::clone(app);
    let gathered: Outcome<Gathered> = app
        .store
        .read(move |transaction| {
            let view = console::inspection(&service, transaction, &caller, id)?;
            let template = service.template(transaction, &view.summary.template)?.ok_or(ErrorCode::TemplateUnknown)?;
            let premises = console::facility(&service, transaction, &caller, view.summary.facility).ok();
            let cells = transaction.cells(view.summary.id)?;
            let seals = cells.iter().filter(|cell| cell.key.starts_with("g/"));
            let seals = seals.filter_map(|cell| Some((cell.operation, SealStatement::from_scalar(&cell.value).ok()?)));
            let seal = seals.min_by_key(|(operation, seal)| (seal.at, *operation)).map(|(_, seal)| seal);
            let code = seal.and_then(|seal| Proof { document: view.summary.id, seal }.to_code());
            // As enrolment links name this server, so that a paper of the console and one of a phone lead to the same page.
            let server = service.link_url.get().cloned().unwrap_or_else(|| service.config.link_url());
            let check = code.map(|code| format!("{}{}{code}", server.trim_end_matches('/'), proof::PATH));
            Ok(Gathered { view, template, premises, check })
        })
        .await;
    let gathered = gathered?;
    let turn = ONE_AT_A_TIME.acquire().await.map_err(|_| Refused::from(ErrorCode::Unavailable))?;
    let blobs = app.blobs.clone();
    let set = tokio::task::spawn_blocking(move || {
        let Gathered { view, template, premises, check } = &gathered;
        // What a document would not take is not read either: it is refused by its number.
        let few = view.items.iter().map(|item| item.photos.len()).sum::<usize>() <= MAX_PHOTOS;
        let photos = |hash: &PhotoHash| few.then(|| blobs.read(hash).ok().map(Arc::from)).flatten();
        let check = check.as_deref();
        let record = Record { view, template, premises: premises.as_ref(), photos: &photos, check };
        ancu_print::record(&record).map(|set| (ancu_print::file_name(view), set.pdf))
    });
    let set = set.await.map_err(|error| Refused::from(StoreError::Panicked(error.to_string())))?;
    drop(turn);
    set.map_err(|error| match error {
        PrintError::TooLarge { what, count, most } => {
            let details = serde_json::json!({ "what": what, "count": count, "limit": most });
            Problem::new(ErrorCode::TooLarge).with(details).into()
        }
        PrintError::Layout(reason) => {
            tracing::error!(%reason, "a record could not be set");
            ErrorCode::Internal.into()
        }
    })
}
