//! Every decoder of bytes that come from elsewhere, with the law that it keeps and honest inputs to begin from.
//!
//! Mutants in `make test` and `make fuzz` hunt by the same laws. A law panics where it is broken, and else says whether the
//! decoder let the bytes in. Within its limits no decoder panics, whatever comes.

mod bodies;
mod files;
mod near;
mod records;

/// A decoder.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// Its name, and the one of its fuzz target.
    pub name: &'static str,
    /// What honest programs send.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Its law for any bytes: whether they were let in.
    pub law: fn(&[u8]) -> bool,
}

/// All of them.
pub const DECODERS: [Decoder; 12] = [
    Decoder { name: "guard", seeds: records::changes, law: records::guard },
    Decoder { name: "apply", seeds: records::changes, law: records::apply },
    Decoder { name: "envelope", seeds: records::envelopes, law: records::envelope },
    Decoder { name: "brief", seeds: records::briefs, law: records::brief },
    Decoder { name: "message", seeds: bodies::messages, law: bodies::message },
    Decoder { name: "link", seeds: bodies::links, law: bodies::link },
    Decoder { name: "near", seeds: near::said, law: near::heard },
    Decoder { name: "tus", seeds: bodies::uploads, law: bodies::upload },
    Decoder { name: "exif", seeds: files::metadata, law: files::exif },
    Decoder { name: "photo", seeds: files::photos, law: files::photo },
    Decoder { name: "expression", seeds: files::expressions, law: files::expression },
    Decoder { name: "form", seeds: files::forms, law: files::form },
];

/// The decoder of this name.
///
/// # Panics
/// Where there is none.
pub fn decoder(name: &str) -> &'static Decoder {
    DECODERS.iter().find(|decoder| decoder.name == name).unwrap_or_else(|| panic!("no decoder {name}"))
}
