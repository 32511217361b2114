//! What a thread is doing, for the monitor to see: a post of its own for each thread that polls run loops.
//!
//! Its thread writes and the monitor reads, all of it relaxed: a reader may find the parts of two different moments, and so
//! believes only what has been the same for long. A post is pointed at by a thread that may end at any time, so it is there for
//! ever, and used again: there are as many as there were such threads at once.

use std::cell::{Cell, RefCell};

use crate::raw::{Kind, Said};
use crate::rt::atomic::{AtomicBool, AtomicU64, Ordering};

/// By itself on its line of the cache.
#[repr(align(64))]
pub(crate) struct Post {
    /// Whose loop is being polled, or [`Whom::NOBODY`].
    whom: AtomicU64,
    /// Which message it is that was said: another number for each, also for each time that a handler goes on.
    turn: AtomicU64,
    /// The last number that was given.
    last: AtomicU64,
    said: Said,
    /// The monitor has ceased to look here: whoever begins rouses it.
    unwatched: AtomicBool,
}

/// An actor, by the keys of its system and of its place on the roll. Zero is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whom(u64);

impl Whom {
    pub(super) const NOBODY: Self = Self(0);

    #[inline]
    pub(super) fn new(system: u32, number: u32) -> Self {
        Self(u64::from(system) << 32 | u64::from(number))
    }

    pub(super) fn system(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn number(self) -> u32 {
        self.0 as u32
    }
}

/// Where threads write that have none of their own.
static NOBODYS: Post = Post::new();

thread_local! {
    /// Without a destructor, so that it is there while a thread ends.
    static OWN: Cell<&'static Post> = const { Cell::new(&NOBODYS) };
    static LENT: RefCell<Option<Lent>> = const { RefCell::new(None) };
}

#[inline]
pub(super) fn own() -> &'static Post {
    OWN.get()
}

/// Whether the calling thread has one of its own.
pub(super) fn has_own() -> bool {
    !std::ptr::eq(own(), &NOBODYS)
}

/// The calling thread has this one until it ends.
pub(super) fn take(post: &'static Post, give_back: fn(&'static Post)) {
    let lent = Lent { post, give_back };
    // A thread that is about to end gives it back at once.
    let _ = LENT.try_with(|place| {
        place.replace(Some(lent));
        OWN.set(post);
    });
}

struct Lent {
    post: &'static Post,
    give_back: fn(&'static Post),
}

impl Drop for Lent {
    fn drop(&mut self) {
        OWN.set(&NOBODYS);
        self.post.whom.store(Whom::NOBODY.0, Ordering::Relaxed);
        (self.give_back)(self.post);
    }
}

impl Post {
    pub(super) const fn new() -> Self {
        Self {
            whom: AtomicU64::new(0),
            turn: AtomicU64::new(0),
            last: AtomicU64::new(0),
            said: Said::nothing(),
            unwatched: AtomicBool::new(true),
        }
    }

    #[inline]
    pub(super) fn enter(&'static self, whom: Whom) -> Shown {
        let outer = self.whom.load(Ordering::Relaxed);
        self.whom.store(whom.0, Ordering::Relaxed);
        Shown { post: Some(self), outer }
    }

    /// The same inside of whatever is under way at this post, and with a message at once.
    #[inline]
    pub(super) fn visit(&'static self, whom: Whom, kind: &'static Kind) -> Visiting {
        let (outer, turn) = (self.heard(), self.turn.load(Ordering::Relaxed));
        let shown = self.enter(whom);
        self.say(kind);
        Visiting { shown, outer, turn }
    }

    #[inline]
    pub(super) fn say(&self, kind: &'static Kind) {
        let turn = self.last.load(Ordering::Relaxed).wrapping_add(1);
        self.last.store(turn, Ordering::Relaxed);
        self.turn.store(turn, Ordering::Relaxed);
        self.said.say(kind);
    }

    #[inline]
    pub(super) fn heard(&self) -> Option<&'static Kind> {
        self.said.heard()
    }

    pub(super) fn seen(&self) -> (Whom, u64) {
        (Whom(self.whom.load(Ordering::Relaxed)), self.turn.load(Ordering::Relaxed))
    }

    #[inline]
    pub(super) fn is_unwatched(&self) -> bool {
        self.unwatched.load(Ordering::Relaxed)
    }

    // ORDERING: with the monitor's `asleep` it is as in Dekker's algorithm: each stores its own and then looks at the other's.
    pub(super) fn set_unwatched(&self, unwatched: bool) {
        self.unwatched.store(unwatched, Ordering::SeqCst);
    }

    pub(super) fn is_settled(&self) -> bool {
        self.unwatched.load(Ordering::SeqCst)
    }
}

/// An actor is shown at its thread's post for as long as this is there.
#[must_use]
pub(crate) struct Shown {
    post: Option<&'static Post>,
    outer: u64,
}

impl Shown {
    /// Nobody is to be shown.
    pub(super) const NOTHING: Self = Self { post: None, outer: 0 };
}

impl Drop for Shown {
    #[inline]
    fn drop(&mut self) {
        if let Some(post) = self.post {
            post.whom.store(self.outer, Ordering::Relaxed);
        }
    }
}

/// As [`Shown`], with a message of its own. What was said before, and is still under way, stands there again afterwards.
#[must_use]
pub(crate) struct Visiting {
    shown: Shown,
    outer: Option<&'static Kind>,
    turn: u64,
}

impl Visiting {
    /// Nobody is to be shown.
    pub(super) const NOTHING: Self = Self { shown: Shown::NOTHING, outer: None, turn: 0 };
}

impl Drop for Visiting {
    #[inline]
    fn drop(&mut self) {
        if let (Some(post), Some(outer)) = (self.shown.post, self.outer) {
            post.said.say(outer);
            post.turn.store(self.turn, Ordering::Relaxed);
        }
    }
}
