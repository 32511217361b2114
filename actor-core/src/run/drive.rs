//! Running foreign code: inside the fence, until it is done or the incarnation is killed.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::cell::{Cell, Which};
use crate::fence::{fence, fenced_poll};
use crate::lifecycle::Rung;
use crate::reason::{Panic, StopReason};
use crate::reply::answer_panicked;

/// A panic while ending: always an event, and the reason unless there is a worse one.
pub(super) fn contained<A>(cell: &Cell<A>, epoch: u64, place: &'static str, panic: Panic) {
    cell.core.contained(place, panic.clone());
    if cell.core.ending_reason(epoch).is_orderly() {
        cell.end(Which::Epoch(epoch), StopReason::Panicked(panic));
    }
}

/// How running a piece of foreign code came out.
pub(super) enum Driven<T> {
    Done(T),
    /// `heard`: somebody who waited for the reply was told.
    Panicked {
        panic: Panic,
        heard: bool,
    },
    /// The incarnation was killed, and the future dropped at its await.
    Cut,
}

/// Runs `future` inside the fence until it ends or the incarnation is killed.
///
/// It is polled once whatever the alarm says: the queue has looked at the alarm just before, and a message that was
/// taken must not vanish.
pub(super) fn drive<A, F: Future>(cell: &Cell<A>, epoch: u64, future: Option<F>) -> Drive<'_, A, F> {
    Drive { cell, epoch, polled: false, future }
}

pin_project! {
    /// A future of its own, since an async function would hold `future` twice.
    pub(super) struct Drive<'a, A, F> {
        cell: &'a Cell<A>,
        epoch: u64,
        // From the first poll on the alarm counts.
        polled: bool,
        #[pin]
        future: Option<F>,
    }
}

impl<A, F: Future> Future for Drive<'_, A, F> {
    type Output = Driven<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Driven<F::Output>> {
        let mut this = self.project();
        let (cell, epoch) = (*this.cell, *this.epoch);
        let driven = poll_driven(cell, epoch, this.polled, this.future.as_mut(), cx);
        if driven.is_ready() {
            // Where it is pinned; its slot is empty afterwards even if the destructor panics.
            let_go(cell, epoch, || this.future.set(None));
        }
        driven
    }
}

fn poll_driven<A, F: Future>(
    cell: &Cell<A>,
    epoch: u64,
    polled: &mut bool,
    future: Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
) -> Poll<Driven<F::Output>> {
    if *polled && cell.queue.poll_alarm(epoch, cx) >= Rung::Killing {
        return Poll::Ready(Driven::Cut);
    }
    let Some(running) = future.as_pin_mut() else { return Poll::Ready(Driven::Cut) };
    let driven = fenced_poll(running, cx).map(|polled| match polled {
        Ok(output) => Driven::Done(output),
        Err(panic) => panicked(panic),
    });
    // From here on the alarm counts, also one that was raised during this poll.
    if driven.is_pending()
        && !std::mem::replace(polled, true)
        && cell.queue.poll_alarm(epoch, cx) >= Rung::Killing
    {
        return Poll::Ready(Driven::Cut);
    }
    driven
}

/// Who has asked for what has panicked is told.
pub(super) fn panicked<T>(panic: Panic) -> Driven<T> {
    let heard = answer_panicked(&panic);
    Driven::Panicked { panic, heard }
}

/// Drops a future. That of a handler that was cut short may hold anything.
pub(super) fn let_go<A>(cell: &Cell<A>, epoch: u64, drop: impl FnOnce()) {
    if let Err(panic) = fence(drop) {
        answer_panicked(&panic);
        contained(cell, epoch, "drop", panic);
    }
}
