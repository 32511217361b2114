//! The future of an ask: the message on its way, the wait for the reply, and what bounds it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::inline::{Place, Visit};
use super::{Bound, Held, admitted};
use crate::cell::{Cell, Refused};
use crate::error::{AskError, Phase, Returned, Unanswered, Undelivered};
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::Waiting;
use crate::message::MessageOf;
use crate::raw::made;
use crate::reference::{Link, Strong};
use crate::reply::{Asker, Outcome, slot};
use crate::rt::{Arc, Instant, Sleep, sleep_until};

/// The future of an ask. It is ready with the reply, or with the reason why there is none.
#[must_use = "a request is sent when it is awaited"]
pub struct Ask<'a, A, M: MessageOf<A>, L: Link<A> = Strong<A>> {
    link: Held<'a, L>,
    /// Until the first poll.
    unsent: Option<M>,
    /// From then on, until it is over.
    asker: Option<Asker<M, M::Reply>>,
    /// The place in line, until the message is accepted.
    place: Option<Arc<Waiting<A>>>,
    time: Time,
}

// Nothing in it is pinned but what is in a box.
impl<A, M: MessageOf<A>, L: Link<A>> Unpin for Ask<'_, A, M, L> {}

/// How long the wait is.
enum Time {
    /// It has not begun.
    ToCome(Bound),
    /// So long, by the clock for defaults.
    Default(Duration),
    /// Exactly until then. The clock for defaults says when that is near.
    Exact(Instant, Duration),
    /// By a timer. It is in a box, since few asks need one and all would be larger for it.
    Timer(Pin<Box<Sleep>>, Duration),
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Ask<'a, A, M, L> {
    pub(super) fn new(link: Held<'a, L>, message: M, bound: Bound) -> Self {
        Self { link, unsent: Some(message), asker: None, place: None, time: Time::ToCome(bound) }
    }

    /// Settles how long the wait is, and sends the message, unless it can be handled here, or its time is over already.
    #[inline]
    fn begin(&mut self, bound: Bound, cx: &Context<'_>) -> Option<Result<M::Reply, AskError<M>>> {
        let bound = bound.begin();
        if let Some((_, Duration::ZERO)) = bound {
            self.unsent = None;
            return Some(Err(AskError::Timeout { phase: Phase::Admission, after: Duration::ZERO }));
        }
        if M::is_inline() {
            let message = self.unsent.take()?;
            let place = Place::new(self.link.get().cell(), bound.map(|(until, _)| until), cx.waker());
            match message.visit(place) {
                Visit::Answered(reply) => return Some(Ok(reply)),
                Visit::Panicked(panic) => {
                    return Some(Err(AskError::Unanswered(Unanswered::Panicked(*panic))));
                }
                Visit::Queue(message) => self.unsent = Some(message),
            }
        }
        match bound {
            None => {
                let after = M::ask_timeout().unwrap_or(self.link.get().cell().core.ask_timeout());
                self.time = Time::Default(after);
                self.send(None, cx);
            }
            Some((until, after)) => {
                if self.link.get().cell().core.system.deadlines().announces(after) {
                    self.time = Time::Exact(until, after);
                } else {
                    // Before the message is sent: outside a tokio runtime this panics, and then nothing has happened.
                    self.time = Time::Timer(Box::pin(sleep_until(until)), after);
                }
                self.send(Some(until), cx);
            }
        }
        None
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Future for Ask<'_, A, M, L> {
    type Output = Result<M::Reply, AskError<M>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Time::ToCome(bound) = this.time {
            if let Some(settled) = this.begin(bound, cx) {
                return Poll::Ready(settled);
            }
        }
        if let Poll::Ready(outcome) = this.poll_outcome(cx) {
            return Poll::Ready(outcome);
        }
        if !this.is_time_over(cx) {
            return Poll::Pending;
        }
        if let Some(asker) = &this.asker {
            asker.expire();
        }
        this.poll_outcome(cx)
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Ask<'_, A, M, L> {
    #[inline]
    fn poll_outcome(&mut self, cx: &Context<'_>) -> Poll<Result<M::Reply, AskError<M>>> {
        let asker = self.asker.as_mut().expect("an ask was polled after it had finished");
        if let Some(waiting) = &self.place {
            let waited = waiting.poll(cx);
            if let Poll::Ready(waited) = waited {
                self.place = None;
                if let Err(refused) = admitted(waited) {
                    return Poll::Ready(Err(self.refused(refused)));
                }
            }
        }
        let Poll::Ready(outcome) = asker.poll(cx) else { return Poll::Pending };
        let in_line =
            self.place.take().is_some_and(|place| self.link.get().cell().queue.leave(&place).is_some());
        self.asker = None;
        Poll::Ready(match outcome {
            Outcome::Answered(reply) => Ok(reply),
            Outcome::Undelivered(message, why) => Err(AskError::Undelivered(Returned::new(message), why)),
            Outcome::Unanswered(why) => Err(AskError::Unanswered(why)),
            Outcome::TimedOut { running } => {
                let phase = match (in_line, running) {
                    (true, _) => Phase::Admission,
                    (false, false) => Phase::Queued,
                    (false, true) => Phase::Running,
                };
                Err(AskError::Timeout { phase, after: self.time.after() })
            }
        })
    }

    /// Looks after the clock of an ask that waits.
    #[inline]
    fn is_time_over(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(asker) = &mut self.asker else { return false };
        let deadlines = || self.link.get().cell().core.system.deadlines();
        match &mut self.time {
            Time::ToCome(_) => {}
            Time::Default(after) => {
                if !asker.is_entered() {
                    deadlines().enter(*after, asker);
                }
            }
            Time::Exact(until, after) => {
                if !asker.is_entered() {
                    deadlines().announce(*until, asker);
                }
                if asker.is_near() {
                    self.time = Time::Timer(Box::pin(deadlines().timer(*until)), *after);
                    return self.is_time_over(cx);
                }
            }
            Time::Timer(timer, _) => return timer.as_mut().poll(cx).is_ready(),
        }
        false
    }

    /// Offers the message. A refusal is left in the slot, where the poll that follows finds it.
    #[inline]
    fn send(&mut self, deadline: Option<Instant>, cx: &Context<'_>) {
        let Some(message) = self.unsent.take() else { return };
        let (asker, replier) = slot(message, deadline, cx.waker());
        let cell = self.link.get().cell();
        self.place = match cell.queue.push(M::lane(), |at| M::asked_at(replier, at)) {
            Ok(()) => None,
            Err(make) => offer(cell, made(make), cx),
        };
        self.asker = Some(asker);
    }

    fn refused(&mut self, refused: Refused<A>) -> AskError<M> {
        self.finish();
        let why = refused.closed.map_or(Undelivered::Full, Undelivered::Closed);
        AskError::Undelivered(Returned::new(own::<A, M>(refused.envelope)), why)
    }

    /// Leaves the line, and then the slot, which the asker's drop does.
    fn finish(&mut self) {
        if let Some(place) = self.place.take() {
            drop(self.link.get().cell().queue.leave(&place));
        }
        self.asker = None;
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Drop for Ask<'_, A, M, L> {
    #[inline]
    fn drop(&mut self) {
        if self.asker.is_some() {
            self.finish();
        }
    }
}

impl Time {
    fn after(&self) -> Duration {
        match self {
            Self::ToCome(_) => Duration::ZERO,
            Self::Default(after) | Self::Exact(_, after) | Self::Timer(_, after) => *after,
        }
    }
}

/// `Some`: it is in line. A refusal is left in the slot, where the poll that follows finds it.
#[cold]
fn offer<A>(cell: &Cell<A>, envelope: Envelope<A>, cx: &Context<'_>) -> Option<Arc<Waiting<A>>> {
    match cell.queue.offer_or_wait(envelope, cx) {
        Err(place) => Some(place),
        Ok(offer) => {
            if let Err(Refused { envelope, closed }) = cell.settle(offer) {
                envelope.bounce(closed.map_or(Undelivered::Full, Undelivered::Closed));
            }
            None
        }
    }
}

fn own<A, M: MessageOf<A>>(envelope: Envelope<A>) -> M {
    let own = envelope.into_message::<M, M::Reply>();
    let (message, replier) = own.expect("a refused envelope is the asker's own");
    if let Some(replier) = replier {
        replier.withdraw();
    }
    message
}
