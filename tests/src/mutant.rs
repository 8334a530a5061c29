//! Hostile bytes near honest ones, from a seed: what decoders are thrown at.

use ancu_shared::clock::{RandomSource as _, SeededRandom};
use sha2::{Digest as _, Sha256};

/// Changes bytes: flips, overwrites, cuts, doubles, strange counts.
pub fn mutate(bytes: &mut Vec<u8>, random: &mut SeededRandom) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len().max(1));
        let end = (at + 1 + random.below(40)).min(bytes.len());
        match random.below(8) {
            _ if bytes.is_empty() => bytes.push(random.next_u64() as u8),
            0 | 1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0x9f, 0xbf, 0xff, random.next_u64() as u8][random.below(8)],
            3 => drop(bytes.drain(at..end)),
            4 => bytes.truncate(at),
            5 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            6 => {
                let mut noise = vec![0; 1 + random.below(12)];
                random.fill(&mut noise);
                bytes.splice(at..at, noise);
            }
            _ => bytes[at..end].reverse(),
        }
    }
}

/// Mutates the content of a change chunk and puts a checksum on it that holds: past the outer form, into the guard.
pub fn mutate_content(chunk: &mut Vec<u8>, random: &mut SeededRandom) {
    // Magic and checksum are 8 bytes; from the type byte on it is what the hash is over.
    let mut hashed = chunk.split_off(8.min(chunk.len()));
    mutate(&mut hashed, random);
    let hash = Sha256::digest(&hashed);
    chunk.truncate(4);
    chunk.extend_from_slice(&hash[..4]);
    chunk.extend_from_slice(&hashed);
}
