//! What a server measured by its own clock while that ran ahead: kept, and held against nobody.
//!
//! Invariant: what a device told of its clock only because that server had told it so counts no more than the server's own note.

use serde::{Deserialize, Serialize};

use super::{CLOCKS_AGREE_MS, ClockSpan, UtcMillis};
use crate::id::DeviceId;

/// A span that stopped counting when the server's clock was put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnSpan {
    /// Whose clock it was held against.
    pub device: DeviceId,
    /// What was measured; the instants are of the clock that ran ahead.
    pub span: ClockSpan,
    /// When it was known, by the right clock.
    pub at: UtcMillis,
}

impl WithdrawnSpan {
    /// Whether an offset that this device says it knew, writing at a time of its own clock, is what that server had made it
    /// believe: the very difference, or how far the device was behind what it had heard of that clock.
    fn explains(&self, written: UtcMillis, offset_ms: i64) -> bool {
        let heard = written.plus_millis(offset_ms.saturating_neg());
        let near = CLOCKS_AGREE_MS.cast_signed();
        let since = heard >= self.span.from.plus_millis(-near);
        let still_to_come = heard > self.at && heard <= self.span.until.plus_millis(near);
        since && (still_to_come || self.span.offset_ms.abs_diff(offset_ms) < CLOCKS_AGREE_MS)
    }
}

/// Whether an offset that a device says it knew was measured against a clock that ran ahead.
pub fn is_withdrawn(withdrawn: &[WithdrawnSpan], device: DeviceId, written: UtcMillis, offset_ms: i64) -> bool {
    withdrawn.iter().any(|it| it.device == device && it.explains(written, offset_ms))
}

/// The spans of a device that count, of those that were told before it was known which do not.
pub fn counting(withdrawn: &[WithdrawnSpan], device: DeviceId, mut spans: Vec<ClockSpan>) -> Vec<ClockSpan> {
    spans.retain(|span| !withdrawn.iter().any(|it| it.device == device && it.span.from == span.from));
    spans
}

/// When a device was enrolled; `None` where the clock ran ahead that said so: nobody knows, then.
pub fn enrolled_at(withdrawn: &[WithdrawnSpan], device: DeviceId, certified: UtcMillis) -> Option<UtcMillis> {
    let ran_ahead = withdrawn.iter().any(|it| it.device == device && it.at < certified && certified <= it.span.until);
    (!ran_ahead).then_some(certified)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const AHEAD: i64 = 7 * HOUR;

    #[test]
    fn only_what_that_clock_said_is_withdrawn() {
        let right = UtcMillis(1_795_285_800_000);
        let (one, other) = (DeviceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
        let from = right.plus_millis(AHEAD - 2 * HOUR);
        let span = ClockSpan { from, until: right.plus_millis(AHEAD - HOUR), offset_ms: -AHEAD };
        let withdrawn = [WithdrawnSpan { device: one, span, at: right }];
        let said = |device, written: i64, off| is_withdrawn(&withdrawn, device, right.plus_millis(written), off);
        // Written while the server ran ahead, and after it was put right but before the next exchange.
        assert!(said(one, -HOUR, -AHEAD) && said(one, 30 * HOUR, -AHEAD + 900));
        // It heard of that clock, and counts from there.
        assert!(said(one, HOUR, 2 * HOUR - AHEAD));
        assert!(!said(other, -HOUR, -AHEAD), "of that device only");
        assert!(!said(one, -30 * HOUR, -AHEAD), "its clock was behind before");
        assert!(!said(one, HOUR, -2 * AHEAD) && !said(one, HOUR, AHEAD), "another difference");
        assert_eq!(counting(&withdrawn, one, vec![span]), []);
        assert_eq!(counting(&withdrawn, other, vec![span]), [span]);
        assert_eq!(enrolled_at(&withdrawn, one, span.from), None);
        assert_eq!(enrolled_at(&withdrawn, one, right.plus_millis(-HOUR)), Some(right.plus_millis(-HOUR)));
    }
}
