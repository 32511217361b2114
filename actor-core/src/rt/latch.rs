//! A lock for a few steps: it is let go by a plain store, which halves the price of a lock that nobody contends for.
//!
//! Who waits for it turns round, as its holder will be through in some nanoseconds; should the holder have lost its processor,
//! who waits gives up its own. So no foreign code runs under it, and nothing that waits, allocates or is as long as what
//! it guards.

use super::atomic::{AtomicBool, Ordering};
use super::relax;

pub(crate) struct Latch(AtomicBool);

/// Its drop lets go.
pub(crate) struct Held<'a>(&'a AtomicBool);

impl Latch {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    #[inline]
    pub(crate) fn hold(&self) -> Held<'_> {
        self.try_hold().unwrap_or_else(|| self.wait())
    }

    #[inline]
    pub(crate) fn try_hold(&self) -> Option<Held<'_>> {
        // ORDERING: pairs with the store of whoever let go last: what it guards passes on.
        (!self.0.swap(true, Ordering::Acquire)).then(|| Held(&self.0))
    }

    #[cold]
    fn wait(&self) -> Held<'_> {
        let mut turn = 0;
        loop {
            relax(turn);
            turn += 1;
            // First without a write, which would take the line from the holder.
            if !self.0.load(Ordering::Relaxed) {
                if let Some(held) = self.try_hold() {
                    return held;
                }
            }
        }
    }
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: pairs with the swap of whoever holds it next.
        self.0.store(false, Ordering::Release);
    }
}
