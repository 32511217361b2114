//! More handlers of the counter, in a file of their own.

use actor_core::handlers;

#[handlers]
impl super::Counter {
    /// Sets the count.
    #[handler]
    pub fn correct(&mut self, count: u64) {
        self.count = count;
    }
}
