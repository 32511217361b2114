//! Every interleaving of two who want the same lock. Nobody waits for it, since loom does not see that waiting comes to an end.

#[allow(dead_code, reason = "a scenario waits for nothing")]
#[path = "../../actor-core/src/rt"]
mod rt {
    pub(crate) mod latch;

    pub(crate) use loom::sync::atomic;

    fn relax(_turn: u32) {
        loom::thread::yield_now();
    }
}

use loom::cell::UnsafeCell;
use loom::model;
use loom::sync::Arc;
use loom::thread::spawn;

use crate::rt::latch::Latch;

/// Loom fails the run if two are in the cell at once, or one does not see what the other has left.
#[test]
fn one_at_a_time_holds_it_and_sees_what_the_other_left() {
    model(|| {
        let shared = Arc::new((Latch::new(), UnsafeCell::new(0)));
        let add = |(latch, sum): &(Latch, UnsafeCell<u32>)| {
            let held = latch.try_hold();
            if held.is_some() {
                // SAFETY: it is held, so nobody else is here.
                sum.with_mut(|sum| unsafe { *sum += 1 });
            }
            held.is_some()
        };
        let other = shared.clone();
        let other = spawn(move || add(&other));
        let first = add(&shared);
        let second = add(&shared);
        let other = other.join().unwrap();
        let sum = shared.1.with(|sum| unsafe { *sum });
        assert_eq!(sum, u32::from(first) + u32::from(second) + u32::from(other));
        assert!(first || other, "somebody has had it");
    });
}
