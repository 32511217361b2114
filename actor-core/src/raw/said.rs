//! The type of a message, said by the thread that handles it and read by any other, without a lock.
//!
//! Invariant: the pointer is null or came from a `&'static Kind`, in [`Said::say`] and nowhere else.

use std::ptr;

use crate::rt::atomic::{AtomicPtr, Ordering};

/// What names the type of a message. A function, since the oldest compiler that is supported has no constant for the name;
/// behind a reference, as a name is two words wide and could be read half.
pub(crate) type Kind = fn() -> &'static str;

pub(crate) struct Said(AtomicPtr<Kind>);

impl Said {
    pub(crate) const fn nothing() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn say(&self, kind: &'static Kind) {
        // ORDERING: pairs with the load in `heard`. Who hears of a message also sees that the one before it was counted.
        self.0.store(ptr::from_ref(kind).cast_mut(), Ordering::Release);
    }

    #[inline]
    pub(crate) fn heard(&self) -> Option<&'static Kind> {
        let kind = self.0.load(Ordering::Acquire);
        // SAFETY: it is null or was a reference that holds for ever, and nobody writes through it.
        unsafe { kind.cast_const().as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use std::any::type_name;

    use super::*;

    #[test]
    fn another_thread_hears_what_was_said_last() {
        static SAID: Said = Said::nothing();
        assert!(SAID.heard().is_none());
        SAID.say(const { &(type_name::<u8> as Kind) });
        let heard = || SAID.heard().map(|kind| kind());
        std::thread::scope(|scope| {
            let other = scope.spawn(heard);
            SAID.say(const { &(type_name::<u16> as Kind) });
            assert!(matches!(other.join().unwrap(), Some("u8" | "u16")));
        });
        assert_eq!(heard(), Some("u16"));
    }
}
