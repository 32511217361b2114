//! More handlers of an actor of another file, and a type whose actor block stands in another file than its own.

use actor_core::prelude::*;

use super::places::inner::Form;

#[handlers]
impl crate::places::inner::Form {
    #[handler]
    pub(crate) fn from_another_file(&self) -> u8 {
        self.value()
    }
}

/// Data that knows nothing of actors.
pub(crate) mod data {
    pub(crate) struct Ledger(pub(crate) u64);
}

#[actor]
impl data::Ledger {
    #[handler]
    pub(crate) fn book(&mut self, cents: u64) -> u64 {
        self.0 += cents;
        self.0
    }
}

#[allow(unused, reason = "imported to show that a path and a name are the same type")]
fn same(form: &ActorRef<Form>) -> ActorRef<crate::places::inner::Form> {
    form.clone()
}
