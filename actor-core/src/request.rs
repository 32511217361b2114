//! One request with several ends: `.await` asks, `.tell()` and `.try_tell()` send without waiting for the reply.
//!
//! The futures are named types and nothing in them is boxed. They borrow the reference; [`Request::owned`] ends that.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::cell::Refused;
use crate::error::{AskError, Phase, Returned, TellError, Undelivered};
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::{Waited, Waiting};
use crate::message::MessageOf;
use crate::reference::{Link, Strong};
use crate::reply::{Asker, Outcome, slot};
use crate::rt::{Arc, Sleep, sleep};

/// A message for an actor that is not sent yet. Await it to ask.
#[must_use = "a request does nothing by itself: `.await` it to ask, or `.tell().await` it to send it only"]
pub struct Request<'a, A, M, L: Clone = Strong<A>> {
    link: Held<'a, L>,
    message: M,
    timeout: Option<Duration>,
    actor: PhantomData<fn() -> A>,
}

/// A link that is borrowed from the caller's reference, or the request's own.
enum Held<'a, L> {
    Borrowed(&'a L),
    Owned(L),
}

impl<L: Clone> Held<'_, L> {
    fn get(&self) -> &L {
        match self {
            Self::Borrowed(link) => link,
            Self::Owned(link) => link,
        }
    }

    fn owned<'b>(self) -> Held<'b, L> {
        Held::Owned(match self {
            Self::Borrowed(link) => link.clone(),
            Self::Owned(link) => link,
        })
    }
}

impl<'a, A, M, L: Clone> Request<'a, A, M, L> {
    /// Without bounds, so that a message that cannot be one has one error, where it is defined.
    pub(crate) fn new(link: &'a L, message: M) -> Self {
        Self { link: Held::Borrowed(link), message, timeout: None, actor: PhantomData }
    }
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Request<'a, A, M, L> {
    /// Waits for the reply for exactly `timeout`, counted from the first poll, instead of the default.
    ///
    /// # Panics
    ///
    /// When it is polled outside a tokio runtime with a clock. Nothing has been sent then.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same request with a hold of its own on the actor, so that it can be moved into a task.
    pub fn owned<'b>(self) -> Request<'b, A, M, L> {
        Request { link: self.link.owned(), message: self.message, timeout: self.timeout, actor: self.actor }
    }

    /// Sends the message without waiting for a reply; see [`ActorRef::tell`](crate::ActorRef::tell).
    pub fn tell(self) -> Tell<'a, A, M, L> {
        Tell { link: self.link, message: Some(self.message), place: None }
    }

    /// Sends the message if there is room now; see [`ActorRef::try_tell`](crate::ActorRef::try_tell).
    ///
    /// # Errors
    ///
    /// [`TellError::Full`] or [`TellError::Closed`], with the message.
    pub fn try_tell(self) -> Result<(), TellError<M>> {
        let cell = self.link.get().cell();
        cell.settle(cell.queue.offer(self.message.told())).map_err(refused_tell)
    }

    /// Asks from a plain thread; see [`ActorRef::blocking_ask`](crate::ActorRef::blocking_ask).
    ///
    /// # Errors
    ///
    /// As awaiting the request.
    ///
    /// # Panics
    ///
    /// If it is called inside an async context.
    pub fn blocking(self) -> Result<M::Reply, AskError<M>> {
        let system = self.link.get().cell().core.system.clone();
        system.block_on(self.into_future())
    }
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> IntoFuture for Request<'a, A, M, L> {
    type Output = Result<M::Reply, AskError<M>>;
    type IntoFuture = Ask<'a, A, M, L>;

    fn into_future(self) -> Ask<'a, A, M, L> {
        Ask {
            asking: Asking { link: self.link, step: Step::Unsent(self.message) },
            timeout: self.timeout,
            sleep: None,
        }
    }
}

/// The future of a tell. It is ready as soon as the message is accepted.
#[must_use = "a tell is sent when it is awaited"]
pub struct Tell<'a, A, M: MessageOf<A>, L: Link<A> = Strong<A>> {
    link: Held<'a, L>,
    /// `None` once it has been offered.
    message: Option<M>,
    place: Option<Arc<Waiting<A>>>,
}

// The message and the link are only ever moved, never pinned.
impl<A, M: MessageOf<A>, L: Link<A>> Unpin for Tell<'_, A, M, L> {}

impl<A, M: MessageOf<A>, L: Link<A>> Future for Tell<'_, A, M, L> {
    type Output = Result<(), TellError<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let cell = this.link.get().cell();
        if let Some(place) = &this.place {
            let Poll::Ready(waited) = cell.queue.poll_waited(place, cx) else { return Poll::Pending };
            this.place = None;
            return Poll::Ready(admitted(waited).map_err(refused_tell));
        }
        let message = this.message.take().expect("a tell was polled after it had finished");
        match cell.queue.offer_or_wait(message.told(), cx) {
            Ok(offer) => Poll::Ready(cell.settle(offer).map_err(refused_tell)),
            Err(place) => {
                this.place = Some(place);
                Poll::Pending
            }
        }
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Drop for Tell<'_, A, M, L> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            drop(self.link.get().cell().queue.leave(&place));
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of an ask. It is ready with the reply, or with the reason why there is none.
    #[must_use = "a request is sent when it is awaited"]
    pub struct Ask<'a, A, M: MessageOf<A>, L: Link<A> = Strong<A>> {
        asking: Asking<'a, A, M, L>,
        timeout: Option<Duration>,
        #[pin]
        sleep: Option<Sleep>,
    }
}

/// All of an ask but its exact timer.
struct Asking<'a, A, M: MessageOf<A>, L: Link<A>> {
    link: Held<'a, L>,
    step: Step<A, M, M::Reply>,
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

impl<A, M: MessageOf<A>, L: Link<A>> Future for Ask<'_, A, M, L> {
    type Output = Result<M::Reply, AskError<M>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let default = this.asking.link.get().cell().core.ask_timeout;
        let after = this.timeout.unwrap_or(default);
        if let (Some(timeout), true) = (*this.timeout, this.sleep.is_none()) {
            // Before the message is sent: outside a tokio runtime this panics, and then nothing has happened.
            this.sleep.set(Some(sleep(timeout)));
        }
        if let Poll::Ready(outcome) = this.asking.poll(cx, after) {
            return Poll::Ready(outcome);
        }
        if this.timeout.is_none() {
            this.asking.bound_by_default(default);
            return Poll::Pending;
        }
        let timer = this.sleep.as_mut().as_pin_mut().expect("the timer was set above");
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
        let waited = place.as_ref().map(|place| cell.queue.poll_waited(place, cx));
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

    /// Offers the message. A refusal is left in the slot, where the poll that follows finds it.
    fn send(&mut self, cx: &Context<'_>) {
        let Step::Unsent(message) = std::mem::replace(&mut self.step, Step::Over) else { return };
        let (asker, replier) = slot();
        let cell = self.link.get().cell();
        let place = match cell.queue.offer_or_wait(message.asked(replier), cx) {
            Err(place) => Some(place),
            Ok(offer) => {
                if let Err(Refused { envelope, closed }) = cell.settle(offer) {
                    envelope.bounce(closed.map_or(Undelivered::Full, Undelivered::Closed));
                }
                None
            }
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

fn admitted<A>(waited: Waited<A>) -> Result<(), Refused<A>> {
    match waited {
        Waited::Accepted => Ok(()),
        Waited::Closed(envelope, reason) => Err(Refused { envelope, closed: Some(reason) }),
    }
}

fn refused_tell<A, M: MessageOf<A>>(refused: Refused<A>) -> TellError<M> {
    let message = refused.envelope.into_told::<M>().expect("a refused envelope is the sender's own");
    match refused.closed {
        None => TellError::Full(Returned::new(message)),
        Some(reason) => TellError::Closed(Returned::new(message), reason),
    }
}

fn own<A, M: MessageOf<A>>(envelope: Envelope<A>) -> M {
    envelope.into_asked::<M, M::Reply>().expect("a refused envelope is the asker's own")
}
