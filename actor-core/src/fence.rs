//! The fence around foreign code: a panic comes out as a value, with its text and its place.
//!
//! The place is only known to a panic hook, so the first system installs one that notes it for threads inside a fence
//! and then calls the hook that stood there before. `catch_unwind` costs well under a nanosecond when nothing panics.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll, Waker};

use crate::reason::Panic;

thread_local! {
    static FENCED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `code`; a panic in it becomes an `Err`.
pub(crate) fn fence<T>(code: impl FnOnce() -> T) -> Result<T, Panic> {
    let _inside = enter();
    catch(code)
}

/// As [`fence`], for who is inside one already. There may be many in a row.
///
/// `AssertUnwindSafe` is right here because what `code` could have left half-made is the actor's own state, and its owner
/// has said what may still be done with it: `on_stop`, which is told of the panic, and the drop.
#[inline]
pub(crate) fn catch<T>(code: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| describe(payload.as_ref()))
}

/// This thread is inside a fence for as long as this is there.
#[must_use]
pub(crate) struct Inside {
    outer: bool,
}

#[inline]
pub(crate) fn enter() -> Inside {
    Inside { outer: FENCED.replace(true) }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        FENCED.set(self.outer);
    }
}

/// Wakes somebody. A waker is foreign code, too: one that panics must not take along who calls it.
pub(crate) fn wake(waker: Waker) {
    let _ = fence(|| waker.wake());
}

/// Whether a fence stands around the code that runs on this thread.
pub(crate) fn is_fenced() -> bool {
    FENCED.get()
}

/// Drops `value`; a panic in its destructor becomes an `Err`.
pub(crate) fn fenced_drop<T>(value: T) -> Result<(), Panic> {
    fence(move || drop(value))
}

/// Polls `future` once inside a fence.
pub(crate) fn fenced_poll<F: Future + ?Sized>(
    future: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<Result<F::Output, Panic>> {
    match fence(|| future.poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}

/// Makes panics leave their place for [`fence`]. Called by every new system; only the first call does anything.
pub(crate) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if FENCED.get() {
                let place = info.location().map(ToString::to_string);
                // The slot is only ever borrowed for the length of one statement, so this cannot fail; if it did, a
                // second panic inside the hook would abort the process.
                let _ = PLACE.try_with(|slot| slot.try_borrow_mut().map(|mut slot| *slot = place));
            }
            former(info);
        }));
    });
}

#[cold]
fn describe(payload: &(dyn Any + Send)) -> Panic {
    let text = if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).into()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.as_str().into()
    } else {
        "(the panic carried a value that is not text)".into()
    };
    let place = PLACE.with(|slot| slot.borrow_mut().take()).map(Into::into);
    Panic { text, place, message_type: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_out_with_its_text_and_its_place() {
        install_hook();
        let panic = fence(|| panic!("no {}", "bread")).unwrap_err();
        assert_eq!(&*panic.text, "no bread");
        assert!(panic.place.unwrap().contains("fence.rs:"));
    }

    #[test]
    fn a_panic_with_an_odd_payload_is_still_described() {
        let panic = fence(|| std::panic::panic_any(7_u8)).unwrap_err();
        assert!(panic.text.contains("not text"));
    }

    #[test]
    fn fences_nest() {
        assert_eq!(fence(|| fence(|| panic!("inner")).is_err()), Ok(true));
    }
}
