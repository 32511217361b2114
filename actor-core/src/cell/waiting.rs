//! Those who wait for a change of an actor's status.
//!
//! A list of its own and not a `Notify`: it lies under the lock that a change takes and a look takes, so that waiting costs
//! no other, and an actor that nobody waits for has a small place for it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::core::Core;
use crate::fence;
use crate::lifecycle::Status;
use crate::mailbox::queue::Called;

/// In the order in which they came. Hardly ever is there more than one.
#[derive(Default)]
pub(super) enum Waiters {
    #[default]
    Nobody,
    One(u32, Waker),
    Many(Box<Crowd>),
}

/// By their keys, so that they are found quickly.
pub(super) struct Crowd(Vec<(u32, Waker)>);

impl Waiters {
    /// Enters somebody, or a new waker of somebody. The former waker is to be dropped outside the lock.
    fn enter(&mut self, key: u32, waker: Waker) -> Option<Waker> {
        match std::mem::take(self) {
            Self::Nobody => {
                *self = Self::One(key, waker);
                None
            }
            Self::One(other, former) if other == key => {
                *self = Self::One(key, waker);
                Some(former)
            }
            Self::One(other, first) => {
                let mut crowd = Crowd(vec![(other, first)]);
                let former = crowd.enter(key, waker);
                *self = Self::Many(Box::new(crowd));
                former
            }
            Self::Many(mut crowd) => {
                let former = crowd.enter(key, waker);
                *self = Self::Many(crowd);
                former
            }
        }
    }

    fn leave(&mut self, key: u32) -> Option<Waker> {
        match self {
            Self::One(other, _) if *other == key => match std::mem::take(self) {
                Self::One(_, waker) => Some(waker),
                _ => None,
            },
            Self::Many(crowd) => crowd.place(key).ok().map(|at| crowd.0.remove(at).1),
            _ => None,
        }
    }

    /// To be called outside the lock.
    pub(super) fn wake(self) {
        match self {
            Self::Nobody => {}
            Self::One(_, waker) => fence::wake(waker),
            Self::Many(crowd) => crowd.0.into_iter().for_each(|(_, waker)| fence::wake(waker)),
        }
    }
}

impl Crowd {
    fn place(&self, key: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(key, _)| *key)
    }

    fn enter(&mut self, key: u32, waker: Waker) -> Option<Waker> {
        match self.place(key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, waker)),
            Err(at) => {
                self.0.insert(at, (key, waker));
                None
            }
        }
    }
}

/// Those who are to be woken once a lock has been let go.
#[derive(Default)]
#[must_use]
pub(super) struct Woken {
    pub(super) called: Called,
    pub(super) waiters: Waiters,
}

impl Woken {
    pub(super) fn wake(self) {
        self.called.wake();
        self.waiters.wake();
    }
}

/// Waits until the status answers `settled` with something.
pub(super) struct Wait<'a, F> {
    core: &'a Core,
    settled: F,
    /// Under which it has been entered.
    key: Option<u32>,
}

impl<'a, F> Wait<'a, F> {
    pub(super) fn new(core: &'a Core, settled: F) -> Self {
        Self { core, settled, key: None }
    }
}

impl<T, F: FnMut(&Status) -> Option<T> + Unpin> Future for Wait<'_, F> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        // Foreign code, so before the lock.
        let waker = cx.waker().clone();
        let mut state = this.core.state.lock();
        // What was entered before stays until the drop.
        if let Some(found) = (this.settled)(&state.status()) {
            drop(state);
            return Poll::Ready(found);
        }
        let key = *this.key.get_or_insert_with(|| state.next_key());
        let former = state.waiters.enter(key, waker);
        drop(state);
        drop(former);
        Poll::Pending
    }
}

impl<F> Drop for Wait<'_, F> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.core.state.lock().waiters.leave(key);
            drop(waker);
        }
    }
}
