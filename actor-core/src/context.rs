//! What a handler or hook is given beside its state: the actor itself, its system, its time.

use std::time::Duration;

use crate::actor::Actor;
use crate::cell::{Cell, Which};
use crate::fence::fenced_poll;
use crate::identity::{ActorId, Path};
use crate::incarnation::{Incarnation, Started};
use crate::lifecycle::Status;
use crate::mailbox::envelope::Envelope;
use crate::message::{Handler, MessageOf};
use crate::reason::{BoxError, StartFailure, StopReason};
use crate::reference::{ActorRef, Link, WeakActorRef};
use crate::rt::{Arc, Instant, OnceLock};
use crate::system::System;
use crate::timer::Timer;
use crate::watch::{Down, WatchKey};

/// The actor's view of itself. It belongs to one incarnation and owns nothing: an actor does not keep itself alive.
pub struct Context<A> {
    cell: Arc<Cell<A>>,
    epoch: u64,
    incarnation: OnceLock<Arc<Incarnation>>,
    deadline: Option<Instant>,
    /// Its children are gone, and it gets no more.
    childless: bool,
    /// `on_start` has come to an error.
    start_failed: bool,
    /// The run loop has said how it ended.
    ended: bool,
}

impl<A> Drop for Context<A> {
    /// Ends the actor if the run loop goes before it has said how it ended: when its runtime does, polled or not.
    fn drop(&mut self) {
        if !self.ended {
            self.cell.lost(self.epoch);
        }
    }
}

impl<A: Actor> Context<A> {
    pub(crate) fn new(cell: Arc<Cell<A>>, epoch: u64, started: Option<Started>) -> Self {
        let incarnation = OnceLock::new();
        let this = Self {
            cell,
            epoch,
            incarnation,
            deadline: None,
            childless: false,
            start_failed: false,
            ended: false,
        };
        if started.is_some() {
            this.incarnation().give_back_started(started);
        }
        this
    }

    pub(crate) fn incarnation(&self) -> &Arc<Incarnation> {
        self.incarnation.get_or_init(|| {
            let incarnation = Arc::new(Incarnation::new(self.epoch));
            if self.childless {
                incarnation.end_if_childless();
            }
            #[cfg(feature = "testing")]
            self.cell.core.note_incarnation(&incarnation);
            incarnation
        })
    }

    /// The same if there is anything that belongs to it.
    pub(crate) fn belongings(&self) -> Option<&Arc<Incarnation>> {
        self.incarnation.get()
    }

    /// `on_start` has come to an error: the incarnation never lives.
    pub(crate) fn fail_to_start(&mut self, failure: StartFailure) {
        self.start_failed = true;
        self.end(StopReason::StartFailed(failure));
    }

    pub(crate) fn has_failed_to_start(&self) -> bool {
        self.start_failed
    }

    /// The run loop has said how it ended.
    pub(crate) fn ended(&mut self) {
        self.ended = true;
    }

    /// The incarnation ends. Whether it has no children; then it gets none any more.
    pub(crate) fn end_if_childless(&mut self) -> bool {
        self.childless = self.belongings().is_none_or(|incarnation| incarnation.end_if_childless());
        self.childless
    }

    /// Whether it had no children when the incarnation began to end.
    pub(crate) fn is_childless(&self) -> bool {
        self.childless
    }

    pub(crate) fn cell(&self) -> &Arc<Cell<A>> {
        &self.cell
    }

    /// A weak reference to this actor.
    #[must_use]
    pub fn this(&self) -> WeakActorRef<A> {
        WeakActorRef::from_cell(self.cell.clone())
    }

    /// The system that the actor lives in.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.cell.core.system
    }

    /// The id of the logical actor.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.cell.core.id
    }

    /// Where the actor stands in the tree.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.cell.core.path()
    }

    /// Which incarnation this is; the first is 1.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Until when whoever asked for the message at hand waits for the reply, if they said so by
    /// [`Request::timeout`](crate::Request::timeout) or took it on from somebody who did.
    ///
    /// A default timeout is a safety net and shows nothing here; nor does a message that was told. It belongs to this message
    /// alone: hooks have none, and the next message has its own.
    ///
    /// The handler is not ended at that moment. To ask others no longer than that, say
    /// [`Request::within`](crate::Request::within).
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Ends this incarnation after the message at hand, with [`StopReason::Normal`]; what is queued becomes dead
    /// letters.
    pub fn stop(&self) {
        self.cell.stop(self.which());
    }

    /// Ends this incarnation after the message at hand as a crash, with [`StopReason::Failed`].
    ///
    /// A supervisor treats it like a panic; what is queued reaches the next incarnation.
    pub fn fail(&self, error: impl Into<BoxError>) {
        self.cell.end(self.which(), StopReason::Failed(Arc::from(error.into())));
    }

    /// Its own incarnation only: one that was replaced has nothing to say of its successor.
    pub(crate) fn which(&self) -> Which {
        Which::Epoch(self.epoch())
    }

    pub(crate) fn end(&self, reason: StopReason) {
        self.cell.end(self.which(), reason);
    }

    /// Ready when the actor has been told to stop, or was killed: for a handler that works for long to select on.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static + use<A> {
        let cell = self.cell.clone();
        let epoch = self.epoch();
        async move {
            cell.core
                .wait_for(|status| {
                    let over =
                        !matches!(status, Status::Starting | Status::Running) || cell.core.epoch() != epoch;
                    over.then_some(())
                })
                .await;
        }
    }

    /// Has [`Down`] sent to this incarnation when `other` ends for good, or at once if it has.
    ///
    /// Watching the same actor again changes nothing. The watch goes with the incarnation.
    #[doc(alias = "monitor")]
    pub fn watch<B: Actor, L: Link<B>>(&self, other: &ActorRef<B, L>)
    where
        A: Handler<Down>,
    {
        let target = other.local_cell().clone();
        if !self.incarnation().note_watch(target.clone()) {
            return;
        }
        let cell = self.cell.clone();
        let epoch = self.epoch();
        let tell = move |down| cell.push_notice(Envelope::down(down, epoch));
        target.core.watch(self.watch_key(), Box::new(tell));
    }

    /// Ends a watch. No [`Down`] of `other` is handled after this has returned.
    #[doc(alias = "demonitor")]
    pub fn unwatch<B: Actor, L: Link<B>>(&self, other: &ActorRef<B, L>) {
        if self.belongings().is_some_and(|incarnation| incarnation.forget_watch(other.id())) {
            other.local_cell().core.unwatch(self.watch_key());
        }
    }

    /// Ties the fate of this logical actor to that of `other`: if one ends for good otherwise than with
    /// [`StopReason::Normal`], the other one ends, too.
    ///
    /// A restart of either does not break the link; it fires at the logical end. What it does then to the other one: after
    /// `Shutdown` it is stopped with `Shutdown`; after a crash or a kill its incarnation fails with
    /// [`LinkBroken`](crate::LinkBroken), and its supervisor decides. If it has no incarnation at that moment, because it
    /// is between two of them, nothing happens to it. Linking again changes nothing; if `other` has ended already, the link
    /// fires at once.
    pub fn link<B: Actor, L: Link<B>>(&self, other: &ActorRef<B, L>) {
        let other = other.local_cell();
        crate::erased::link(self.cell.clone(), other.clone());
    }

    /// Undoes a link. It does not fire once this has returned.
    pub fn unlink<B: Actor, L: Link<B>>(&self, other: &ActorRef<B, L>) {
        let (mine, theirs) = (&self.cell.core, &other.local_cell().core);
        mine.unwatch(WatchKey::Link { peer: theirs.id });
        theirs.unwatch(WatchKey::Link { peer: mine.id });
    }

    /// Starts an actor that ends with this incarnation at the latest: when the incarnation ends, its children are stopped
    /// first, in reverse start order. The parent owns it, too.
    ///
    /// Such a child is never restarted; its crash is an event, and the parent can watch it.
    pub fn spawn_child<B: Actor>(&self, actor: B) -> ActorRef<B> {
        crate::system::spawn_child(&self.cell, self.incarnation(), actor)
    }

    fn watch_key(&self) -> WatchKey {
        WatchKey::Watch { holder: self.id(), epoch: self.epoch() }
    }

    /// Sends `message` to this incarnation in `delay`. The message needs no room in the mailbox.
    ///
    /// It is never early, and never handled after [`Timer::cancel`] has returned or by a later incarnation.
    #[must_use = "dropping the timer does not cancel it; say `let _ =` if you never will"]
    pub fn send_after<M: MessageOf<A>>(&self, delay: Duration, message: M) -> Timer {
        Timer::after(self, delay, message)
    }

    /// Sends what `make` returns to this incarnation every `period`, the first time in one `period`.
    ///
    /// A tick that finds the former one still in the mailbox is left out, so that a slow actor is not flooded. The rest
    /// is as in [`Context::send_after`].
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[must_use = "dropping the timer does not cancel it; say `let _ =` if you never will"]
    pub fn send_interval<M: MessageOf<A>>(
        &self,
        period: Duration,
        make: impl FnMut() -> M + Send + 'static,
    ) -> Timer {
        Timer::every(self, period, make)
    }

    /// Runs `future` as a task of this incarnation: it is cancelled when the incarnation ends, and a panic in it is an
    /// event and harms nobody.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let cell = self.cell.clone();
        self.incarnation().spawn(self.system().handle(), async move {
            let mut future = std::pin::pin!(future);
            let outcome = std::future::poll_fn(|cx| fenced_poll(future.as_mut(), cx)).await;
            if let Err(panic) = outcome {
                cell.core.contained("task", panic);
            }
        });
    }
}

impl<A> Context<A> {
    /// Of the message that is handled next.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Reports an error that nobody waits for, as an [`Event::Unclaimed`](crate::Event::Unclaimed) that is logged and counted.
    ///
    /// The macros call it where a message was told and its handler answers `Err`; a hand-written
    /// [`Handler::unclaimed`] may.
    pub fn report_unclaimed(&self, message_type: &'static str, error: String) {
        self.cell.core.system.note_unclaimed(self.cell.core.subject(), message_type, error);
    }
}

impl<A> std::fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({}{}, epoch {})", self.cell.core.path(), self.cell.core.id, self.epoch)
    }
}
