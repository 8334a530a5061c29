//! The protocol's text and vectors say what the code does.

use ancu_shared::courier;
use ancu_shared::document::guard;
use ancu_shared::envelope::{MAX_CHANGES, MAX_ENVELOPE_BYTES};
use ancu_shared::error::ErrorCode;
use ancu_shared::link;
use ancu_shared::near;
use ancu_shared::record::{key, value};
use ancu_shared::sync::wire;
use ancu_sync_server::config::Config;
use ancu_sync_server::http::extract::MAX_JSON_BYTES;
use ancu_sync_server::service::photos::MAX_PHOTO_BYTES;

#[test]
fn the_vectors_in_the_tree_are_those_of_the_code() {
    let folder = tests::workspace().join("docs/protocol-vectors");
    let mut told: Vec<_> = std::fs::read_dir(&folder)
        .expect("docs/protocol-vectors")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    told.sort();
    let mut made = tests::vectors::files();
    made.sort();
    assert_eq!(told, made.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, text) in made {
        let read = std::fs::read_to_string(folder.join(name)).expect(name);
        assert!(read == text, "{name} is not what the code says; run: make generated");
    }
}

#[test]
fn every_code_that_a_server_answers_stands_in_the_protocol() {
    let text = std::fs::read_to_string(tests::workspace().join("docs/protocol.md")).expect("docs/protocol.md");
    for code in ErrorCode::ALL.iter().filter(|code| code.http_status() != 0) {
        let said = text.contains(&format!("`{}` {}", code.code(), code.http_status()));
        assert!(said, "docs/protocol.md does not say `{}` {}", code.code(), code.http_status());
    }
}

#[test]
fn the_limits_in_the_protocol_are_those_of_the_code() {
    let text = std::fs::read_to_string(tests::workspace().join("docs/protocol.md")).expect("docs/protocol.md");
    let mib = |bytes: usize| format!("{} MiB", bytes / 1024 / 1024);
    let kib = |bytes: usize| format!("{} KiB", bytes / 1024);
    let grouped =
        |count: u64| if count < 1_000 { count.to_string() } else { format!("{},{:03}", count / 1_000, count % 1_000) };
    let said = [
        format!("{} on the wire, {} decompressed", mib(wire::MAX_COMPRESSED_BYTES), mib(wire::MAX_BODY_BYTES)),
        format!("{0} on the wire, {0} decompressed", kib(wire::MAX_ENROL_BYTES)),
        format!("{} envelopes |", grouped(wire::MAX_PUSH_ENVELOPES as u64)),
        format!("{} GiB; a frame 64 KiB", courier::MAX_BUNDLE_BYTES / 1024 / 1024 / 1024),
        format!("{},000 envelopes, certificates, photos each", courier::MAX_ITEMS / 1_000),
        format!("about {} of envelopes,", mib(wire::PULL_PAGE_BYTES)),
        format!("| {} units and {} templates asked for", wire::MAX_PULL_UNITS, wire::MAX_PULL_TEMPLATES),
        format!("{} hashes |", grouped(wire::MAX_OFFERED_PHOTOS as u64)),
        format!("| {} | 1 to {} changes |", mib(MAX_ENVELOPE_BYTES), MAX_CHANGES),
        format!("| change | {} | {} operations,", kib(guard::MAX_CHANGE_BYTES), grouped(guard::MAX_OPERATIONS)),
        format!("{} predecessors,", grouped(guard::MAX_PREDECESSORS)),
        format!("{} dependencies, {} other actors", guard::MAX_DEPENDENCIES, guard::MAX_ACTORS),
        format!("counters below 2^{}", guard::MAX_COUNTER.ilog2()),
        format!("| {} bytes / {} |", key::MAX_KEY_BYTES, kib(value::MAX_STRING_BYTES)),
        format!("| photo | {} |", mib(usize::try_from(MAX_PHOTO_BYTES).expect("fits"))),
        format!("| enrolment link | {} bytes |", grouped(link::MAX_LINK_BYTES as u64)),
        format!("console's API | {} |", kib(MAX_JSON_BYTES)),
        format!("a message {}, the first {};", mib(near::MAX_FRAME_BYTES), kib(near::MAX_HELLO_BYTES)),
        format!("{} addresses | {} envelopes named", near::MAX_ADDRESSES, grouped(near::MAX_IN_TURN as u64)),
        format!("{} turns;", near::MAX_TURNS),
        format!("each kept {} days", Config::default().upload_hours / 24),
    ];
    for limit in said {
        assert!(text.contains(&limit), "docs/protocol.md does not say {limit:?}");
    }
}
