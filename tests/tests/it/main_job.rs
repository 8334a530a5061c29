//! The main job: two officers apart, the exchange, the review.

/// Every step of the story, which is also what `make demo` tells.
#[test]
fn two_officers_and_a_reviewer_make_one_record() {
    let mut told = Vec::new();
    tests::story::main_job(&mut |words| told.push(words.to_owned()));
    assert!(told.len() >= 10, "{told:?}");
}
