//! What the person's posts cover, and what they do not cover any more.
//!
//! Invariant: records of a unit leave the device only after an exchange that sent what was to be sent and told the scope
//! ([`outside`]).

use ancu_shared::role::Post;
use ancu_shared::sync::wire::Context;
use jiff::civil::Date;

use crate::engine::Open;
use crate::fault::Outcome;
use crate::store::outside;

impl Open {
    /// Takes the records off the device that its person may not see any more.
    pub(crate) fn leave_units(&mut self) -> Outcome<()> {
        if !outside::is_any(&self.store.main, &self.context.scope)? {
            return Ok(());
        }
        let left = self.atomically(|open| outside::leave(&open.store.main, &open.store.photos, &open.context.scope))?;
        if left > 0 {
            tracing::info!(left, "records of units without a post have left this device");
        }
        Ok(())
    }
}

/// The first day of the next post that a context has.
pub(crate) fn next_post(context: &Context, today: Date) -> Option<Date> {
    // One that was ended before it began never begins.
    let first = |post: &Post| post.valid_from.filter(|from| post.holds_on(*from));
    context.posts.iter().filter_map(first).filter(|from| *from > today).min()
}

/// The first day on which the last post of a context was held no more.
pub(crate) fn last_end(context: &Context, today: Date) -> Option<Date> {
    context.posts.iter().filter_map(|post| post.valid_to).filter(|to| *to <= today).max()
}
