//! Hà Nội addresses: số nhà › hẻm › ngách › ngõ › phố/đường › tổ dân phố › phường/xã.

use serde::{Deserialize, Serialize};

/// An address in its parts; empty where a part is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct AddressParts {
    /// Số nhà: "21B".
    pub house_number: String,
    /// Hẻm: "31".
    pub alley: String,
    /// Ngách: "98".
    pub sub_lane: String,
    /// Ngõ: "43".
    pub lane: String,
    /// Phố, đường: "Trung Kính".
    pub street: String,
    /// Tổ dân phố, thôn: "12", "Triều Khúc".
    pub residential_group: String,
    /// Phường, xã.
    pub ward: String,
    /// Quận, huyện (before 2025-07-01).
    pub district: String,
}
