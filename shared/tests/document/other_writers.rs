//! Changes as Automerge in other languages writes them pass the guard, byte for byte.

use ancu_shared::document::guard::check_change;
use ancu_shared::record::RecordKind;

/// Made by the JavaScript package (3.5.0): one put, one put that replaces it, and one put of a second author upon both.
const WRITTEN: &[&str] = &[
    "856f4a837c82e66d0139001000112233445566778899aabbccddeeff0101fbd095ffbc310000061506340142025602570370027f04682f6e30017f017f366162637f00",
    "856f4a838ea8b1020161017c82e66d4b5c8d3ee521fdc95735662c4fd6d196c79681ddb365456cdbf03b241000112233445566778899aabbccddeeff0202fcd095ffbc31000008150634014202560257037002710273027f04682f6e30017f017f366162647f017f007f01",
    "856f4a8391d26eb6015b01a1019eb26823e20932f658d3d8c0a38a8a5aa62b63692a60a597ced7c302e62110d00fca4d969c3ec6995a3d66b082091401129798e581a0340000061508340142025602570370027f06682f6e6f7465017f017f366162637f00",
];

#[test]
fn what_javascript_writes_is_canonical() {
    for written in WRITTEN {
        let bytes = hex::decode(written).expect("hexadecimal");
        let checked = check_change(&bytes, RecordKind::Facility).expect("a plain change");
        assert_eq!(checked.bytes, bytes);
    }
}
