//! A logical actor as those see it who do not know its type.

use super::{Cell, Core, Which};
use crate::actor::Actor;
use crate::erased::Life;
use crate::lifecycle::Order;
use crate::reason::StopReason;
use crate::rt::Moment;
use crate::watchdog::Appointment;

impl<A: Actor> Life for Cell<A> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn order(&self, order: Order) {
        Cell::order(self, Which::Current, order);
    }

    fn escalate(&self, appointment: Appointment, now: Moment) {
        Cell::escalate(self, appointment, now);
    }

    fn end(&self, reason: StopReason) {
        Cell::end(self, Which::Current, reason);
    }

    fn finish(&self, reason: StopReason) {
        Cell::finish(self, reason);
    }

    fn rest(&self, taken: u64) -> Option<u64> {
        // Before the look: memory that the mailbox is given after it is noted again.
        if !self.core.forget_memory() {
            return None;
        }
        let taken = self.queue.give_back(taken)?;
        self.core.note_memory();
        Some(taken)
    }

    fn is_owned(&self) -> bool {
        self.owner.strong_count() > 0
    }

    fn queued(&self) -> usize {
        self.queue.len()
    }

    #[cfg(feature = "testing")]
    fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }
}
