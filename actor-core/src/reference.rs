//! References to actors: one type, with the strength of its hold as a parameter.
//!
//! [`ActorRef`] owns: while one exists, the actor lives. [`WeakActorRef`] does not. Both point at the *logical* actor,
//! so they stay valid over restarts, and both are one pointer wide. Everything that does not depend on the strength is
//! written once, over [`Link`].

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

use bytemuck::TransparentWrapper;

use crate::actor::Actor;
use crate::cell::{Cell, Owner, Which};
use crate::error::{AskError, TellError};
use crate::identity::{ActorId, Path, short_type_name};
use crate::lifecycle::{Order, Status};
use crate::message::{MessageOf, Sending};
use crate::ownership::{gained, lost};
use crate::reason::StopReason;
use crate::registry::NameTaken;
use crate::request::Request;
use crate::rt::Arc;
use crate::stats::ActorStats;

mod recipient;

pub use recipient::Recipient;

/// A reference to an actor.
///
/// Clones refer to the same logical actor, whatever becomes of its incarnations. When the last strong reference, name
/// and other owner is gone, the actor handles what it has accepted and stops.
///
/// For an actor defined with `#[actor]` the methods of its handlers are called on the reference itself:
/// `counter.add(2).await`.
///
/// # Costs
///
/// One pointer; `clone` is one atomic increment; comparing and hashing look at the id.
#[doc(alias("Addr", "Address", "Pid"))]
pub struct ActorRef<A, L = Strong<A>> {
    link: L,
    actor: PhantomData<fn() -> A>,
}

/// A reference that does not keep its actor alive. It can do all that a strong one can; once the actor is closing, what
/// it sends comes back as `Closed`.
pub type WeakActorRef<A> = ActorRef<A, Weak<A>>;

/// The hold of an [`ActorRef`]: it owns.
pub struct Strong<A>(Arc<Owner<A>>);

/// The hold of a [`WeakActorRef`]: it does not own.
pub struct Weak<A>(Arc<Cell<A>>);

/// How a reference is connected to its actor. Sealed: there are [`Strong`] and [`Weak`].
pub trait Link<A>: sealed::Local<A> + Clone + Send + Sync + 'static {}

mod sealed {
    use super::{Arc, Cell};

    pub trait Local<A> {
        fn cell(&self) -> &Arc<Cell<A>>;
    }
}

pub(crate) use sealed::Local;

impl<A> Local<A> for Strong<A> {
    fn cell(&self) -> &Arc<Cell<A>> {
        &self.0.cell
    }
}

impl<A> Local<A> for Weak<A> {
    fn cell(&self) -> &Arc<Cell<A>> {
        &self.0
    }
}

impl<A: Actor> Link<A> for Strong<A> {}
impl<A: Actor> Link<A> for Weak<A> {}

impl<A> Strong<A> {
    fn new(owner: Arc<Owner<A>>) -> Self {
        gained(&owner.cell.core);
        Self(owner)
    }
}

impl<A> Clone for Strong<A> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<A> Drop for Strong<A> {
    fn drop(&mut self) {
        lost(&self.0.cell.core);
    }
}

impl<A> Clone for Weak<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// An actor whose calls the macro has typed. Written by `#[actor]`, never by hand.
pub trait Typed {
    /// A transparent wrapper around a link, with a method for each handler.
    type Calls<L>: TransparentWrapper<L>;
}

impl<A: Actor + Typed, L: Link<A>> Deref for ActorRef<A, L> {
    type Target = A::Calls<L>;

    fn deref(&self) -> &Self::Target {
        TransparentWrapper::wrap_ref(&self.link)
    }
}

impl<A: Actor, L: Link<A>> ActorRef<A, L> {
    fn cell(&self) -> &Arc<Cell<A>> {
        self.link.cell()
    }

    /// The id of the logical actor.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.cell().core.id
    }

    /// Where the actor stands in the tree.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.cell().core.path()
    }

    /// How many incarnations there have been: 1 from the spawn on, one more after each restart.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.cell().core.epoch()
    }

    /// What the actor is doing now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.cell().core.status()
    }

    /// Whether mail is refused: while the actor stops, and for good once it has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.cell().queue.refusal().is_some()
    }

    /// Messages that are accepted and wait to be handled.
    #[must_use]
    pub fn queue_len(&self) -> usize {
        self.cell().queue.len()
    }

    /// What the actor has done so far. It belongs to the logical actor: a restart keeps it.
    ///
    /// # Costs
    ///
    /// A few loads, and the mailbox's lock for a moment, as [`queue_len`](Self::queue_len).
    #[must_use]
    pub fn stats(&self) -> ActorStats {
        self.cell().core.counts.stats(self.queue_len(), self.epoch())
    }

    /// A [`Request`] that asks when it is awaited: it sends `message` and waits for the reply.
    ///
    /// # Delivery
    ///
    /// At most once. Without [`Request::timeout`] a default holds: the handler's, if it has one
    /// ([`Handler::ask_timeout`](crate::Handler::ask_timeout)), else the actor's, else the system's, which is 5 s.
    ///
    /// # Ordering
    ///
    /// The message takes its place in the mailbox at the first poll. Two requests, the first of which was accepted
    /// before the second was polled, are handled in that order.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the handler starts means that the message is never handled; until the actor comes to
    /// it, it keeps its room in the mailbox. Dropping it later does not disturb the handler; its reply is dropped.
    ///
    /// # Errors
    ///
    /// See [`AskError`]: whether the actor saw the message, and the message itself if it did not.
    #[doc(alias = "call")]
    #[inline]
    pub fn ask<M: MessageOf<A>>(&self, message: M) -> <M::Reply as Sending<A, M>>::Request<'_, L> {
        Request::new(&self.link, message)
    }

    /// Sends `message` without waiting for a reply: awaiting the [`Tell`](crate::Tell) waits for room in the mailbox only.
    ///
    /// # Delivery
    ///
    /// `Ok` means accepted: it will be handled, or reported as a dead letter.
    ///
    /// # Ordering
    ///
    /// It takes its place at the first poll, also in the line of waiting senders.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the message is accepted drops the message; it is not sent. One that waits in line is
    /// accepted as soon as there is room, also before the future is polled again, and one that was accepted may give way to other
    /// tasks once: from a `select!`, a `tell` that lost may have been sent.
    ///
    /// # Errors
    ///
    /// [`TellError::Closed`] with the message; [`TellError::Full`] only from a mailbox with `Overflow::Fail`.
    #[doc(alias("cast", "send"))]
    #[inline]
    pub fn tell<M: MessageOf<A>>(&self, message: M) -> <M::Reply as Sending<A, M>>::Tell<'_, L> {
        self.ask(message).tell()
    }

    /// Sends `message` if there is room now, and nobody waits for it already.
    ///
    /// # Errors
    ///
    /// [`TellError::Full`] or [`TellError::Closed`], with the message.
    pub fn try_tell<M: MessageOf<A>>(&self, message: M) -> Result<(), TellError<M>> {
        self.ask(message).try_tell()
    }

    /// [`ActorRef::ask`] for a plain thread: it blocks until the reply is there.
    ///
    /// # Errors
    ///
    /// As [`ActorRef::ask`].
    ///
    /// # Panics
    ///
    /// If it is called inside an async context, which it would block.
    pub fn blocking_ask<M: MessageOf<A>>(&self, message: M) -> Result<M::Reply, AskError<M>> {
        self.ask(message).blocking()
    }

    /// [`ActorRef::tell`] for a plain thread: it blocks until there is room.
    ///
    /// # Errors
    ///
    /// As [`ActorRef::tell`].
    ///
    /// # Panics
    ///
    /// If it is called inside an async context, which it would block.
    pub fn blocking_tell<M: MessageOf<A>>(&self, message: M) -> Result<(), TellError<M>> {
        self.tell(message).blocking()
    }

    /// Refuses mail from now on, handles what is accepted (for 5 s at most), then stops with
    /// [`StopReason::Normal`]. Returns at once.
    pub fn drain(&self) {
        self.cell().order(Which::Current, Order::Drain);
    }

    /// Stops the current incarnation after the message at hand. What is queued becomes dead letters; a handler that
    /// goes on for longer than the actor's stop policy (5 s) is killed. Returns at once.
    ///
    /// A supervisor starts a [`Permanent`](crate::Restart::Permanent) child again.
    pub fn stop(&self) {
        self.cell().stop(Which::Current);
    }

    /// Ends the current incarnation at its next await, without `on_stop`. Returns at once.
    ///
    /// What is queued reaches the next incarnation if there is one, else the dead letters.
    #[doc(alias = "abort")]
    pub fn kill(&self) {
        self.cell().order(Which::Current, Order::Kill);
    }

    /// Waits for the logical end: its children gone, its state dropped, its name free, its watchers told.
    ///
    /// The future does not keep the actor alive, and goes on waiting over restarts. Its wait has no bound of its own:
    /// `stop()` and the others have.
    ///
    /// # Cancel safety
    ///
    /// Dropping it has no effect.
    #[doc(alias = "join")]
    pub fn stopped(&self) -> impl Future<Output = StopReason> + Send + 'static + use<A, L> {
        let cell = self.cell().clone();
        async move { cell.core.stopped().await }
    }

    /// A reference to the same actor that does not keep it alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakActorRef<A> {
        ActorRef::from_link(Weak(self.cell().clone()))
    }

    pub(crate) fn local_cell(&self) -> &Arc<Cell<A>> {
        self.cell()
    }
}

impl<A: Actor> ActorRef<A> {
    pub(crate) fn from_owner(owner: Arc<Owner<A>>) -> Self {
        Self::from_link(Strong::new(owner))
    }

    /// A reference for senders that know the message and not the actor. It owns, too.
    #[must_use]
    pub fn recipient<M: MessageOf<A>>(&self) -> Recipient<M> {
        Recipient::new(self.clone())
    }

    /// Gives the actor a name in its system, which owns it until the actor ends.
    ///
    /// # Errors
    ///
    /// [`NameTaken`] if another actor has the name. An actor that has it already keeps it.
    pub fn register(&self, name: &str) -> Result<(), NameTaken> {
        self.cell().core.system.register(name, self)
    }

    /// Hands this hold on the actor to the system: it lives until it stops or the system shuts down.
    pub fn detach(self) {
        self.cell().core.system.clone().keep(self);
    }
}

impl<A: Actor> WeakActorRef<A> {
    pub(crate) fn from_cell(cell: Arc<Cell<A>>) -> Self {
        Self::from_link(Weak(cell))
    }

    /// A strong reference, unless the last owner has gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<ActorRef<A>> {
        self.cell().upgrade().map(ActorRef::from_owner)
    }
}

impl<A, L> ActorRef<A, L> {
    fn from_link(link: L) -> Self {
        Self { link, actor: PhantomData }
    }
}

impl<A, L: Clone> Clone for ActorRef<A, L> {
    fn clone(&self) -> Self {
        Self::from_link(self.link.clone())
    }
}

impl<A: Actor, L: Link<A>, K: Link<A>> PartialEq<ActorRef<A, K>> for ActorRef<A, L> {
    fn eq(&self, other: &ActorRef<A, K>) -> bool {
        self.id() == other.id()
    }
}

impl<A: Actor, L: Link<A>> Eq for ActorRef<A, L> {}

impl<A: Actor, L: Link<A>> Hash for ActorRef<A, L> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<A: Actor, L: Link<A>> fmt::Debug for ActorRef<A, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActorRef<{}>({}{})", short_type_name::<A>(), self.path(), self.id())
    }
}
