//! The order of an exchange, step by step.

use super::*;
use crate::sync::wire::PushVerdict;

fn envelope(number: u8, bytes: u64) -> Outgoing<EnvelopeId> {
    Outgoing { id: EnvelopeId([number; 32]), bytes }
}

fn photo(number: u8) -> Outgoing<PhotoHash> {
    Outgoing { id: PhotoHash([number; 32]), bytes: 1_000 }
}

fn accepted(numbers: &[u8]) -> Vec<PushOutcome> {
    numbers.iter().map(|n| PushOutcome { envelope: EnvelopeId([*n; 32]), verdict: PushVerdict::Accepted }).collect()
}

fn ids(numbers: &[u8]) -> Vec<EnvelopeId> {
    numbers.iter().map(|n| EnvelopeId([*n; 32])).collect()
}

/// A session that stands before its first push.
fn at_push(outbox: Vec<Outgoing<EnvelopeId>>) -> (Session, Vec<Effect>) {
    let mut session = Session::default();
    assert_eq!(session.step(Event::Begin), [Effect::FetchContext]);
    assert_eq!(session.step(Event::ContextStored { missing_templates: vec![] }), [Effect::ListOutbox]);
    let effects = session.step(Event::Outbox(outbox));
    (session, effects)
}

#[test]
fn an_exchange_with_nothing_to_do_is_short() {
    let (mut session, effects) = at_push(vec![]);
    assert_eq!(effects, [Effect::Pull]);
    assert_eq!(
        session.step(Event::PageStored { more: false, written: false, missing_templates: vec![] }),
        [Effect::ListPhotos]
    );
    assert_eq!(session.step(Event::Photos(vec![])), [Effect::Finish(Ending::Done { problem: None })]);
    assert!(session.step(Event::Begin).is_empty());
}

#[test]
fn templates_come_first_and_a_bad_one_does_not_stop_the_work() {
    let mut session = Session::default();
    session.step(Event::Begin);
    let missing_templates = vec!["aa".into(), "bb".into()];
    assert_eq!(session.step(Event::ContextStored { missing_templates }), [Effect::FetchTemplate("aa".into())]);
    let bad = Failure::new(ErrorCode::NotFound);
    assert_eq!(session.step(Event::TemplateDone { failure: Some(bad.clone()) }), [Effect::FetchTemplate("bb".into())]);
    assert_eq!(session.step(Event::TemplateDone { failure: None }), [Effect::ListOutbox]);
    session.step(Event::Outbox(vec![]));
    session.step(Event::PageStored { more: false, written: false, missing_templates: vec![] });
    assert_eq!(session.step(Event::Photos(vec![])), [Effect::Finish(Ending::Done { problem: Some(bad.problem) })]);
}

#[test]
fn templates_of_a_context_that_came_with_the_pull_are_fetched_after_it() {
    let (mut session, _) = at_push(vec![]);
    let page = |more, missing: &[&str]| Event::PageStored {
        more,
        written: false,
        missing_templates: missing.iter().map(|one| (*one).to_owned()).collect(),
    };
    assert_eq!(session.step(page(true, &["aa"])), [Effect::Pull]);
    assert_eq!(session.step(page(false, &["aa", "bb"])), [Effect::FetchTemplate("aa".into())]);
    assert_eq!(session.step(Event::TemplateDone { failure: None }), [Effect::FetchTemplate("bb".into())]);
    assert_eq!(session.step(Event::TemplateDone { failure: None }), [Effect::ListPhotos]);
}

#[test]
fn the_first_push_is_small_and_the_order_is_kept() {
    let outbox = vec![envelope(1, 60_000), envelope(2, 60_000), envelope(3, 60_000)];
    let (mut session, effects) = at_push(outbox);
    assert_eq!(effects, [Effect::Push(ids(&[1]))]);
    let outcomes = accepted(&[1]);
    assert_eq!(
        session.step(Event::Pushed(outcomes.clone())),
        [Effect::SaveOutcomes(outcomes), Effect::Push(ids(&[2, 3]))]
    );
    assert_eq!(session.progress(), (Step::Push, Count { done: 1, total: 3, bytes_done: 60_000, bytes_total: 180_000 }));
}

#[test]
fn receipts_for_what_was_not_sent_are_not_believed() {
    let (mut session, _) = at_push(vec![envelope(1, 10)]);
    let effects = session.step(Event::Pushed(accepted(&[1, 9])));
    assert_eq!(effects[0], Effect::SaveOutcomes(accepted(&[1])));
}

#[test]
fn a_refused_size_is_halved_until_one_is_left() {
    let (mut session, effects) = at_push(vec![envelope(1, 10), envelope(2, 10)]);
    assert_eq!(effects, [Effect::Push(ids(&[1, 2]))]);
    let too_large = Failure::new(ErrorCode::TooLarge);
    assert_eq!(session.step(Event::PushFailed(too_large.clone())), [Effect::Push(ids(&[1]))]);
    assert_eq!(session.step(Event::PushFailed(too_large)), [Effect::Push(ids(&[2]))]);
    assert_eq!(session.step(Event::Pushed(accepted(&[2])))[1], Effect::Pull);
}

#[test]
fn what_a_restored_server_lacks_is_sent_after_the_last_page() {
    let (mut session, _) = at_push(vec![]);
    let page = |more, written| Event::PageStored { more, written, missing_templates: vec![] };
    assert_eq!(session.step(page(true, true)), [Effect::Pull]);
    assert_eq!(session.step(page(false, false)), [Effect::ListOutbox]);
    assert_eq!(session.step(Event::Outbox(vec![envelope(1, 10)])), [Effect::Push(ids(&[1]))]);
    assert_eq!(session.step(Event::Pushed(accepted(&[1])))[1], Effect::Pull);
    assert_eq!(session.step(page(false, false)), [Effect::ListPhotos]);
}

#[test]
fn nothing_to_send_after_the_last_page_costs_no_further_pull() {
    let (mut session, _) = at_push(vec![]);
    let page = Event::PageStored { more: false, written: true, missing_templates: vec![] };
    assert_eq!(session.step(page), [Effect::ListOutbox]);
    assert_eq!(session.step(Event::Outbox(vec![])), [Effect::ListPhotos]);
}

#[test]
fn one_bad_photo_does_not_stop_the_next() {
    let (mut session, _) = at_push(vec![]);
    session.step(Event::PageStored { more: false, written: false, missing_templates: vec![] });
    let all = vec![photo(1), photo(2), photo(3)];
    let offer = all.iter().map(|one| one.id).collect();
    assert_eq!(session.step(Event::Photos(all)), [Effect::OfferPhotos(offer)]);
    let missing = vec![PhotoHash([1; 32]), PhotoHash([2; 32])];
    assert_eq!(session.step(Event::PhotosOffered { missing }), [Effect::SendPhoto(PhotoHash([1; 32]))]);
    let bad = Failure::new(ErrorCode::PhotoHashMismatch);
    assert_eq!(
        session.step(Event::PhotoFailed(PhotoHash([1; 32]), bad.clone())),
        [Effect::SendPhoto(PhotoHash([2; 32]))]
    );
    assert_eq!(
        session.step(Event::PhotoSent(PhotoHash([2; 32]))),
        [Effect::Finish(Ending::Done { problem: Some(bad.problem) })]
    );
    assert_eq!(session.progress().1.done, 3);
}

#[test]
fn a_lost_network_breaks_off() {
    let (mut session, _) = at_push(vec![envelope(1, 10)]);
    let lost = Failure::new(ErrorCode::ServerUnreachable);
    assert_eq!(session.step(Event::PushFailed(lost.clone())), [Effect::Finish(Ending::BrokenOff(lost))]);
    assert!(session.ended());
}

#[test]
fn what_a_page_made_the_device_write_goes_out_in_the_same_exchange() {
    let mut session = Session::default();
    session.step(Event::Begin);
    session.step(Event::ContextStored { missing_templates: vec![] });
    assert_eq!(session.step(Event::Outbox(vec![])), [Effect::Pull]);
    assert_eq!(
        session.step(Event::PageStored { more: true, written: true, missing_templates: vec![] }),
        [Effect::Pull]
    );
    let stored = Event::PageStored { more: false, written: false, missing_templates: vec![] };
    assert_eq!(session.step(stored.clone()), [Effect::ListOutbox]);
    assert_eq!(session.step(Event::Outbox(vec![envelope(1, 9)])), [Effect::Push(vec![EnvelopeId([1; 32])])]);
    session.step(Event::Pushed(accepted(&[1])));
    assert_eq!(session.step(stored), [Effect::ListPhotos], "once");
}

#[test]
fn pauses_grow_are_spread_and_obey_the_server() {
    for dice in [0, 1, 77, u64::MAX] {
        assert!((2_500..=5_000).contains(&pause_millis(1, dice, None)));
        assert!((5_000..=10_000).contains(&pause_millis(2, dice, None)));
        assert!(pause_millis(60, dice, None) <= MAX_PAUSE_MILLIS);
        assert!(pause_millis(1, dice, Some(60_000)) >= 60_000);
    }
}

#[test]
fn on_a_slow_way_a_push_is_cut_down_to_what_its_pace_allows() {
    let (mut session, effects) = at_push((1..=6).map(|number| envelope(number, 30_000)).collect());
    assert_eq!(effects, [Effect::Push(ids(&[1, 2]))], "the first is small on any way");
    session.pace(2_000);
    assert_eq!(session.step(Event::Pushed(accepted(&[1, 2])))[1], Effect::Push(ids(&[3])));
    session.pace(10);
    assert_eq!(session.step(Event::Pushed(accepted(&[3])))[1], Effect::Push(ids(&[4])), "one always goes");
    session.pace(10_000_000);
    assert_eq!(session.step(Event::Pushed(accepted(&[4])))[1], Effect::Push(ids(&[5, 6])));
}
