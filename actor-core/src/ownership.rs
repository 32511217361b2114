//! Who owns whom, as the end of a state shows it. For the test kit, which names strong cycles.
//!
//! Nobody can look into a state, but whatever it owns goes when it is dropped: on one thread, within one call. Around that
//! call a ledger counts the strong references that go, less those that come into being meanwhile, since a destructor may
//! upgrade a weak one to say goodbye. What is left the state has owned.
//!
//! Without the test kit none of this is there: references have no destructor of their own.

#[cfg(not(feature = "testing"))]
pub(crate) use self::absent::*;
#[cfg(feature = "testing")]
pub(crate) use self::present::*;

#[cfg(not(feature = "testing"))]
mod absent {
    use crate::cell::Core;

    pub(crate) fn noted<T>(_: &Core, drop: impl FnOnce() -> T) -> T {
        drop()
    }
}

#[cfg(feature = "testing")]
mod present {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use crate::cell::Core;
    use crate::identity::ActorId;
    use crate::rt::Mutex;

    thread_local! {
        static LEDGER: RefCell<Option<HashMap<ActorId, isize>>> = const { RefCell::new(None) };
    }

    /// An actor, and another that its state has owned.
    pub(crate) type Owning = (ActorId, ActorId);

    /// What the states that were dropped have owned; nothing is noted before [`Ownings::begin`].
    #[derive(Default)]
    pub(crate) struct Ownings(Mutex<Option<Vec<Owning>>>);

    impl Ownings {
        pub(crate) fn begin(&self) {
            self.0.lock().get_or_insert_default();
        }

        pub(crate) fn take(&self) -> Vec<Owning> {
            self.0.lock().take().unwrap_or_default()
        }
    }

    /// Drops the state of an actor by `drop`, and notes whom it has owned.
    pub(crate) fn noted<T>(owner: &Core, drop: impl FnOnce() -> T) -> T {
        let ownings = owner.system.ownings();
        if ownings.0.lock().is_none() {
            return drop();
        }
        let outer = LEDGER.replace(Some(HashMap::new()));
        let dropped = drop();
        let ledger = LEDGER.replace(outer).unwrap_or_default();
        if let Some(noted) = &mut *ownings.0.lock() {
            noted
                .extend(ledger.into_iter().filter(|(_, lost)| *lost > 0).map(|(owned, _)| (owner.id, owned)));
        }
        dropped
    }

    /// A strong reference to this actor has come into being.
    pub(crate) fn gained(id: ActorId) {
        count(id, -1);
    }

    /// One has gone.
    pub(crate) fn lost(id: ActorId) {
        count(id, 1);
    }

    fn count(id: ActorId, lost: isize) {
        // References may go with the thread, after the ledger.
        let _ = LEDGER.try_with(|ledger| {
            if let Some(ledger) = &mut *ledger.borrow_mut() {
                *ledger.entry(id).or_default() += lost;
            }
        });
    }
}
