//! Who owns whom, as the end of a state shows it: strong cycles, for the shutdown's report and for the test kit.
//!
//! Nobody can look into a state, but whatever it owns goes when it is dropped: on one thread, within one call. Around that
//! call a ledger counts the strong references that go, less those that come into being meanwhile, since a destructor may
//! upgrade a weak one to say goodbye. What is left the state has owned.
//!
//! Ledgers are kept while a system shuts down. At any other time a reference that goes costs one relaxed load for it.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::cell::Core;
use crate::identity::ActorId;
use crate::rt::Mutex;
use crate::rt::atomic::{AtomicUsize, Ordering};

mod cycles;

pub(crate) use cycles::Suspects;

thread_local! {
    static LEDGER: RefCell<Option<HashMap<ActorId, isize>>> = const { RefCell::new(None) };
}

/// How many systems are shutting down. Whoever drops a state has been told to by one of them, and so sees it counted.
static SHUTTING_DOWN: AtomicUsize = AtomicUsize::new(0);

/// An actor, and another that its state has owned.
type Owning = (ActorId, ActorId);

/// What the states that were dropped have owned; nothing is noted before [`Ownings::begin`].
#[derive(Default)]
pub(crate) struct Ownings(Mutex<Option<Vec<Owning>>>);

impl Ownings {
    fn begin(&self) {
        if self.0.lock().replace(Vec::new()).is_none() {
            SHUTTING_DOWN.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take(&self) -> Vec<Owning> {
        let noted = self.0.lock().take();
        if noted.is_some() {
            SHUTTING_DOWN.fetch_sub(1, Ordering::Relaxed);
        }
        noted.unwrap_or_default()
    }
}

impl Drop for Ownings {
    /// Its runtime may have ended in the middle of a shutdown.
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// Drops the state of an actor by `drop`, and notes whom it has owned.
pub(crate) fn noted<T>(owner: &Core, drop: impl FnOnce() -> T) -> T {
    let ownings = owner.system.ownings();
    if !is_any_shutting_down() || ownings.0.lock().is_none() {
        return drop();
    }
    let outer = LEDGER.replace(Some(HashMap::new()));
    let dropped = drop();
    let ledger = LEDGER.replace(outer).unwrap_or_default();
    if let Some(noted) = &mut *ownings.0.lock() {
        noted.extend(ledger.into_iter().filter(|(_, lost)| *lost > 0).map(|(owned, _)| (owner.id, owned)));
    }
    dropped
}

/// A strong reference to this actor has come into being.
pub(crate) fn gained(core: &Core) {
    if is_any_shutting_down() {
        count(core.id, -1);
    }
}

/// One has gone.
pub(crate) fn lost(core: &Core) {
    if is_any_shutting_down() {
        count(core.id, 1);
    }
}

fn is_any_shutting_down() -> bool {
    SHUTTING_DOWN.load(Ordering::Relaxed) > 0
}

fn count(id: ActorId, lost: isize) {
    // References may go with the thread, after the ledger.
    let _ = LEDGER.try_with(|ledger| {
        if let Some(ledger) = &mut *ledger.borrow_mut() {
            *ledger.entry(id).or_default() += lost;
        }
    });
}
