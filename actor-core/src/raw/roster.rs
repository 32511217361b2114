//! Everybody who waits for one coarse clock: lists whose links lie in the exchanges themselves.
//!
//! ```text
//!   enter ──► fresh ─┐  look: takes all       ┌── wheel: 64 lists, one for each tick
//!                    └──► moved ── due later ─┤
//!   leave ◄── any of them   └── due: expire, nudge
//! ```
//!
//! Entering and leaving cost one lock each that threads do not share, with no clock read and no counting of ticks: how long an
//! entry waits is counted from the clock's next look, which is the first to give it a moment and a place in the wheel. Most
//! asks have left by then. A look touches what has entered since the last one, what is due, and, of what waits longer than
//! the wheel turns, one part in 64.
//!
//! Invariants:
//! - A shard's lists, and the [`Entry`] of every head that stands in one of them, belong to whoever holds the shard's lock.
//! - A head is alive as long as it stands in a list: its asker leaves before it goes. If an asker is forgotten, so is its memory.
//! - `back` of an entry points at what points at it: the beginning of a list, or the `next` of the entry before. It is null
//!   exactly if the entry stands in no list.
//! - A roster is there for ever. So its lists may be pointed at.
//! - No foreign code runs under a lock: wakers are called after it, and holding one takes at most [`BATCH`] steps.
//! - A clock that falls asleep has said so before it has looked, and whoever enters looks whether it sleeps after it has
//!   taken the lock under which the clock would look. So one of the two sees the other.

use std::cell::Cell;
use std::task::Waker;
use std::time::Duration;

use super::head::{Head, Then};
use crate::fence;
use crate::rt::atomic::{AtomicBool, Ordering};
use crate::rt::{Latch, SHARDS, UnsafeCell, own_shard};

/// In a clock's moments, which are milliseconds. An entry is ended two ticks late at most, with the lateness of a timer and
/// of a task in the 40 ms that are left of the 200 that are promised.
pub(crate) const TICK: u64 = 80;

/// With a tick of 80 ms the wheel turns once in 5.12 s, a little longer than the default timeout.
const WHEEL: usize = 64;

/// How many entries are looked at under one lock: some microseconds.
const BATCH: usize = 32;

/// When the time of an entry comes, in milliseconds of its clock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// So long after the clock's next look: nobody has to look at the clock now.
    After(Duration),
    At(u64),
}

pub(crate) struct Roster {
    asleep: AtomicBool,
    shards: [Shard; SHARDS],
}

/// Apart from its neighbours, by as much as processors fetch at once.
#[repr(align(128))]
pub(crate) struct Shard {
    latch: Latch,
    lists: UnsafeCell<Lists>,
}

// SAFETY: the lists are touched under the lock only.
unsafe impl Sync for Shard {}
// SAFETY: as above; what they point at is moved from thread to thread with them.
unsafe impl Send for Shard {}

type List = Cell<*const Head>;

struct Lists {
    fresh: List,
    /// What the clock has taken out to look at.
    moved: List,
    wheel: [List; WHEEL],
    /// Up to where the wheel was looked at, in ticks.
    looked: Cell<u64>,
    /// In all the lists.
    count: Cell<usize>,
}

/// What lies in the head of an exchange for its roster.
pub(super) struct Entry {
    next: List,
    back: Cell<*const List>,
    due: Cell<Due>,
    then: Cell<Then>,
}

// SAFETY: it is touched under the lock of its shard only.
unsafe impl Sync for Entry {}
// SAFETY: as above.
unsafe impl Send for Entry {}

impl Entry {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            next: Cell::new(std::ptr::null()),
            back: Cell::new(std::ptr::null()),
            due: Cell::new(Due::At(0)),
            then: Cell::new(Then::Expire),
        }
    }
}

impl Roster {
    /// Its clock is asleep.
    pub(crate) fn new() -> Self {
        Self { asleep: AtomicBool::new(true), shards: std::array::from_fn(|_| Shard::new()) }
    }

    /// The shard that it stands in now, and whether the caller is to wake the clock.
    ///
    /// # Safety
    ///
    /// The head is alive, stands in no list, and leaves before it goes.
    #[inline]
    pub(super) unsafe fn enter(
        &'static self,
        head: *const Head,
        due: Due,
        then: Then,
    ) -> (&'static Shard, bool) {
        let shard = &self.shards[own_shard()];
        let asleep = shard.locked(|lists| {
            // SAFETY: by the caller's word, and we hold the lock of the shard that it enters.
            unsafe {
                let entry = &(*head).entry;
                entry.due.set(due);
                entry.then.set(then);
                lists.enter(head, due);
            }
            // ORDERING: relaxed; the lock orders it, by the invariants.
            self.asleep.load(Ordering::Relaxed)
        });
        (shard, asleep && self.asleep.swap(false, Ordering::Relaxed))
    }

    /// The clock looks, at the moment `now`: ends or announces what is due.
    pub(crate) fn look(&self, now: u64) {
        for shard in &self.shards {
            shard.look(now);
        }
    }

    /// Whether the clock may stop until the next entry says that it is to be woken.
    pub(crate) fn fall_asleep(&self) -> bool {
        // ORDERING: relaxed; the locks order it, by the invariants.
        self.asleep.store(true, Ordering::Relaxed);
        let empty = self.shards.iter().all(|shard| shard.locked(|lists| lists.count.get() == 0));
        if !empty {
            self.asleep.store(false, Ordering::Relaxed);
        }
        empty
    }

    /// For another clock, whose moments begin anew.
    pub(crate) fn restart(&self) {
        self.asleep.store(true, Ordering::Relaxed);
        for shard in &self.shards {
            shard.locked(|lists| lists.looked.set(0));
        }
    }
}

impl Shard {
    fn new() -> Self {
        let lists = Lists {
            fresh: Cell::new(std::ptr::null()),
            moved: Cell::new(std::ptr::null()),
            wheel: [const { Cell::new(std::ptr::null()) }; WHEEL],
            looked: Cell::new(0),
            count: Cell::new(0),
        };
        Self { latch: Latch::new(), lists: UnsafeCell::new(lists) }
    }

    #[inline]
    fn locked<R>(&self, work: impl FnOnce(&Lists) -> R) -> R {
        let _held = self.latch.hold();
        // SAFETY: we hold the lock. Nobody makes an exclusive reference of it, ever.
        self.lists.with_mut(|lists| work(unsafe { &*lists }))
    }

    /// # Safety
    ///
    /// The head is alive, and has entered this shard.
    #[inline]
    pub(super) unsafe fn leave(&self, head: &Head) {
        self.locked(|lists| {
            // SAFETY: we hold the lock.
            if unsafe { unlink(head) } {
                lists.count.set(lists.count.get() - 1);
            }
        });
    }

    fn look(&self, now: u64) {
        let reached = now / TICK;
        let (looked, empty) = self
            .locked(|lists| (lists.looked.replace(reached.max(lists.looked.get())), lists.count.get() == 0));
        if empty {
            return;
        }
        self.look_through(now, |lists| &lists.fresh);
        // One turn at most, however long it has not been looked at.
        let first = (looked + 1).max(reached.saturating_sub(WHEEL as u64 - 1));
        for tick in first..=reached {
            self.look_through(now, |lists| lists.of_tick(tick));
        }
    }

    fn look_through(&self, now: u64, list: impl Fn(&Lists) -> &List) {
        let mut wakers = [const { None::<Waker> }; BATCH];
        let mut more = self.locked(|lists| {
            // SAFETY: we hold the lock.
            unsafe { splice(list(lists), &lists.moved) };
            lists.look_through_moved(now, &mut wakers)
        });
        loop {
            wakers.iter_mut().filter_map(Option::take).for_each(fence::wake);
            if !more {
                return;
            }
            more = self.locked(|lists| lists.look_through_moved(now, &mut wakers));
        }
    }
}

impl Lists {
    #[inline]
    fn of_tick(&self, tick: u64) -> &List {
        &self.wheel[(tick % WHEEL as u64) as usize]
    }

    /// Where what is due at a moment is to lie: in a list that has not been looked at yet.
    fn of_moment(&self, due: u64) -> &List {
        self.of_tick(due.div_ceil(TICK).max(self.looked.get() + 1))
    }

    /// # Safety
    ///
    /// We hold the lock, and the head is alive, stands in no list, and leaves before it goes.
    #[inline]
    unsafe fn enter(&self, head: *const Head, due: Due) {
        let list = match due {
            Due::After(_) => &self.fresh,
            Due::At(due) => self.of_moment(due),
        };
        // SAFETY: by the caller's word.
        unsafe { push(list, head) };
        self.count.set(self.count.get() + 1);
    }

    /// Takes one batch out of `moved`: what is due, to be woken, and the rest into the wheel. `true` if some is left.
    fn look_through_moved(&self, now: u64, wakers: &mut [Option<Waker>; BATCH]) -> bool {
        for slot in wakers {
            let head = self.moved.get();
            // SAFETY: we hold the lock, so what is in a list is alive, and its entry is ours.
            let Some(entry) = (unsafe { head.as_ref() }).map(|head| &head.entry) else { break };
            // SAFETY: as above.
            unsafe { unlink(head) };
            let due = match entry.due.get() {
                // The moment is rounded down, and the entry may have come since.
                Due::After(after) => now.saturating_add(millis(after)).saturating_add(1),
                Due::At(due) => due,
            };
            if due <= now {
                self.count.set(self.count.get() - 1);
                // SAFETY: its asker cannot go before it has had the lock.
                *slot = unsafe { &*head }.come(entry.then.get());
            } else {
                entry.due.set(Due::At(due));
                // SAFETY: it has just been taken out of a list, under the same lock.
                unsafe { push(self.of_moment(due), head) };
            }
        }
        !self.moved.get().is_null()
    }
}

/// Rounded up: nothing comes early.
fn millis(duration: Duration) -> u64 {
    let part = u64::from(duration.subsec_nanos().div_ceil(1_000_000));
    duration.as_secs().saturating_mul(1_000).saturating_add(part)
}

/// # Safety
///
/// For this and the next two: we hold the lock of the shard that the list, the head and what it stands between belong to,
/// and these are alive. The head stands in no list.
#[inline]
unsafe fn push(list: &List, head: *const Head) {
    // SAFETY: by the caller's word.
    unsafe {
        let entry = &(*head).entry;
        let next = list.get();
        entry.next.set(next);
        entry.back.set(list);
        if let Some(next) = next.as_ref() {
            next.entry.back.set(&raw const entry.next);
        }
    }
    list.set(head);
}

/// `false`: it stands in no list.
#[inline]
unsafe fn unlink(head: *const Head) -> bool {
    // SAFETY: by the caller's word.
    unsafe {
        let entry = &(*head).entry;
        let Some(back) = entry.back.replace(std::ptr::null()).as_ref() else { return false };
        let next = entry.next.get();
        back.set(next);
        if let Some(next) = next.as_ref() {
            next.entry.back.set(back);
        }
    }
    true
}

/// All of `from` to `to`. If that is not empty, another clock looks at the same time, which nobody has it do; what is left
/// where it lies then is late.
unsafe fn splice(from: &List, to: &List) {
    if !to.get().is_null() {
        return;
    }
    let first = from.replace(std::ptr::null());
    to.set(first);
    // SAFETY: by the caller's word.
    if let Some(first) = unsafe { first.as_ref() } {
        first.entry.back.set(to);
    }
}
