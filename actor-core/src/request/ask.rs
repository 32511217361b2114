//! The future of an ask: the message on its way, the wait for the reply, and what bounds it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Bound, Held, admitted};
use crate::cell::{Cell, Refused};
use crate::error::{AskError, Phase, Returned, Undelivered};
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::Waiting;
use crate::message::MessageOf;
use crate::raw::made;
use crate::reference::{Link, Strong};
use crate::reply::{Asker, Outcome, slot};
use crate::rt::{Arc, Instant, Sleep, sleep_until};

pin_project_lite::pin_project! {
    /// The future of an ask. It is ready with the reply, or with the reason why there is none.
    #[must_use = "a request is sent when it is awaited"]
    pub struct Ask<'a, A, M: MessageOf<A>, L: Link<A> = Strong<A>> {
        asking: Asking<'a, A, M, L>,
        bound: Bound,
        // How long the wait is; `None` before the first poll.
        after: Option<Duration>,
        // Without one, the default holds.
        #[pin]
        sleep: Option<Sleep>,
    }
}

/// All of an ask but its exact timer.
struct Asking<'a, A, M: MessageOf<A>, L: Link<A>> {
    link: Held<'a, L>,
    step: Step<A, M, M::Reply>,
    /// What travels with the message.
    deadline: Option<Instant>,
}

enum Step<A, M, R> {
    Unsent(M),
    Sent {
        asker: Asker<M, R>,
        /// The place in line; `None` once the message is accepted.
        place: Option<Arc<Waiting<A>>>,
        /// The entry in the list of default timeouts.
        entry: Option<usize>,
    },
    Over,
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Ask<'a, A, M, L> {
    pub(super) fn new(link: Held<'a, L>, message: M, bound: Bound) -> Self {
        let asking = Asking { link, step: Step::Unsent(message), deadline: None };
        Self { asking, bound, after: None, sleep: None }
    }

    /// Settles at the first poll how long the wait is. `None`: its time is over already.
    fn begin(self: Pin<&mut Self>) -> Option<Duration> {
        let mut this = self.project();
        let after = match this.bound.begin() {
            None => M::ask_timeout().unwrap_or(this.asking.link.get().cell().core.ask_timeout),
            Some((_, Duration::ZERO)) => {
                this.asking.finish();
                return None;
            }
            Some((until, after)) => {
                // Before the message is sent: outside a tokio runtime this panics, and then nothing has happened.
                this.sleep.set(Some(sleep_until(until)));
                this.asking.deadline = Some(until);
                after
            }
        };
        *this.after = Some(after);
        Some(after)
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Future for Ask<'_, A, M, L> {
    type Output = Result<M::Reply, AskError<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(after) = self.after.or_else(|| self.as_mut().begin()) else {
            return Poll::Ready(Err(AskError::Timeout { phase: Phase::Admission, after: Duration::ZERO }));
        };
        let mut this = self.project();
        if let Poll::Ready(outcome) = this.asking.poll(cx, after) {
            return Poll::Ready(outcome);
        }
        let Some(timer) = this.sleep.as_mut().as_pin_mut() else {
            this.asking.bound_by_default(after);
            return Poll::Pending;
        };
        if timer.poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.asking.expire();
        this.asking.poll(cx, after)
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Asking<'_, A, M, L> {
    fn poll(&mut self, cx: &mut Context<'_>, after: Duration) -> Poll<Result<M::Reply, AskError<M>>> {
        if let Step::Unsent(_) = self.step {
            self.send(cx);
        }
        let cell = self.link.get().cell();
        let Step::Sent { asker, place, .. } = &mut self.step else {
            panic!("an ask was polled after it had finished")
        };
        let waited = place.as_ref().map(|place| place.poll(cx));
        if let Some(Poll::Ready(waited)) = waited {
            *place = None;
            if let Err(refused) = admitted(waited) {
                return Poll::Ready(Err(self.refused(refused)));
            }
        }
        let Poll::Ready(outcome) = asker.poll(cx) else { return Poll::Pending };
        let in_line = place.take().is_some_and(|place| cell.queue.leave(&place).is_some());
        self.finish();
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
                Err(AskError::Timeout { phase, after })
            }
        })
    }

    /// Offers the message.
    fn send(&mut self, cx: &Context<'_>) {
        let Step::Unsent(message) = std::mem::replace(&mut self.step, Step::Over) else { return };
        let (asker, replier) = slot(message, cx.waker());
        let cell = self.link.get().cell();
        let deadline = self.deadline;
        let place = match cell.queue.push(M::lane(), |at| M::asked_at(replier, deadline, at)) {
            Ok(()) => None,
            Err(make) => offer(cell, made(make), cx),
        };
        self.step = Step::Sent { asker, place, entry: None };
    }

    fn refused(&mut self, refused: Refused<A>) -> AskError<M> {
        self.finish();
        let why = refused.closed.map_or(Undelivered::Full, Undelivered::Closed);
        AskError::Undelivered(Returned::new(own::<A, M>(refused.envelope)), why)
    }

    fn bound_by_default(&mut self, after: Duration) {
        let Step::Sent { asker, entry: entry @ None, .. } = &mut self.step else { return };
        *entry = Some(self.link.get().cell().core.system.deadlines().enter(after, asker.as_expire()));
    }

    fn expire(&self) {
        if let Step::Sent { asker, .. } = &self.step {
            asker.expire();
        }
    }

    /// Leaves the line and the list of timeouts; the asker goes with the step.
    fn finish(&mut self) {
        let Step::Sent { asker, place, entry } = std::mem::replace(&mut self.step, Step::Over) else {
            return;
        };
        let cell = self.link.get().cell();
        if let Some(entry) = entry {
            cell.core.system.deadlines().cancel(entry);
        }
        if let Some(place) = place {
            drop(cell.queue.leave(&place));
        }
        drop(asker);
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Drop for Asking<'_, A, M, L> {
    fn drop(&mut self) {
        self.finish();
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
