//! What the rest of the crate needs of a system: its organs, who is in it, and what has to be noted.

use std::any::Any;
use std::time::Duration;

use super::System;
use crate::actor::Actor;
use crate::cell::Core;
use crate::dead_letter::{DeadLetter, LetterReason, Sender};
use crate::deadline::Deadlines;
use crate::erased::Life;
#[cfg(feature = "testing")]
use crate::event::Events;
use crate::event::{Event, LETTERS, QUIET, Subject};
use crate::identity::{ActorId, Path};
use crate::ownership::Ownings;
use crate::reference::ActorRef;
use crate::registry::{NameTaken, Registry};
use crate::rest::Rests;
use crate::roll::Number;
use crate::rt::atomic::Ordering;
use crate::rt::{Arc, Handle, Moment};
use crate::watchdog::Watchdog;

impl System {
    pub(crate) fn without_guard(&self) -> Self {
        Self { inner: self.inner.clone(), guard: None }
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.inner.handle
    }

    pub(crate) fn ask_timeout(&self) -> Duration {
        self.inner.ask_timeout
    }

    pub(crate) fn watchdog(&self) -> &Watchdog {
        &self.inner.watchdog
    }

    /// The monitor's key for this system, or 0.
    #[inline]
    pub(crate) fn watch_key(&self) -> u32 {
        self.inner.watch.key()
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.inner.deadlines
    }

    pub(crate) fn rests(&self) -> &Arc<Rests> {
        &self.inner.rests
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(crate) fn block_on<F: IntoFuture>(&self, future: F) -> F::Output {
        self.inner.handle.block_on(future.into_future())
    }

    pub(crate) fn enter(&self, life: &Arc<impl Life + 'static>) -> Number {
        let serial = life.core().id.serial();
        let life = Arc::downgrade(life);
        self.inner.roll.enter(life, serial)
    }

    pub(crate) fn leave(&self, core: &Core) {
        self.inner.roll.leave(core.number());
        if core.is_kept() {
            let kept = self.inner.kept.lock().remove(&core.id);
            drop(kept);
        }
    }

    /// Everybody who has not ended, in start order.
    pub(crate) fn living(&self) -> Vec<Arc<dyn Life>> {
        self.inner.roll.living()
    }

    pub(crate) fn register<A: Actor>(&self, name: &str, actor: &ActorRef<A>) -> Result<(), NameTaken> {
        let core: &Core = &actor.local_cell().core;
        self.inner.registry.insert(
            name,
            core.id,
            core.path().clone(),
            core.actor_type(),
            Box::new(actor.clone()),
        )?;
        if !core.add_name(name.to_owned()) {
            // It has ended meanwhile, and its end did not know of the name.
            self.inner.registry.remove(name, core.id);
        }
        Ok(())
    }

    pub(crate) fn keep<A: Actor>(&self, actor: ActorRef<A>) {
        let id = actor.id();
        let cell = actor.local_cell().clone();
        cell.core.note_kept();
        let former = self.inner.kept.lock().insert(id, Box::new(actor));
        drop(former);
        if cell.core.is_finishing() {
            // Its end may have come before, and then it has not found what it was to let go.
            let kept = self.inner.kept.lock().remove(&id);
            drop(kept);
        }
    }

    /// An incarnation was replaced although its thread has not come back.
    pub(crate) fn note_replaced(&self, id: ActorId, epoch: u64, path: Path) {
        self.inner.replaced.lock().insert((id, epoch), path);
    }

    /// Now it has.
    pub(crate) fn note_returned(&self, id: ActorId, epoch: u64) {
        self.inner.replaced.lock().remove(&(id, epoch));
    }

    /// A delayed tell is on its way for as long as this is there: so a test knows that something may yet come.
    #[cfg(feature = "testing")]
    pub(crate) fn note_delayed(&self) -> Delayed {
        self.inner.delayed.fetch_add(1, Ordering::Relaxed);
        Delayed(self.without_guard())
    }

    /// Whether a delayed tell is on its way to anybody.
    #[cfg(feature = "testing")]
    pub(crate) fn has_delayed(&self) -> bool {
        self.inner.delayed.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn ownings(&self) -> &Ownings {
        &self.inner.ownings
    }

    /// Whether the system itself keeps this actor alive: it was handed over, or has a name.
    pub(crate) fn owns(&self, core: &Core) -> bool {
        core.is_named() || self.inner.kept.lock().contains_key(&core.id)
    }

    /// As [`System::events`], without a limit: a test forgets nothing.
    #[cfg(feature = "testing")]
    pub(crate) fn all_events(&self) -> Events {
        self.inner.bus.subscribe_within(usize::MAX)
    }

    pub(crate) fn emit(&self, event: Event) {
        self.inner.bus.emit(event);
    }

    /// The same for what happens all the time, and is not even made if neither a subscriber nor the log wants it.
    pub(crate) fn emit_quietly(&self, event: impl FnOnce() -> Event) {
        if self.inner.bus.wants(QUIET) {
            self.emit(event());
        }
    }

    /// Whether anybody reads dead letters. If not, it is enough to [count](Self::count_letters) them.
    pub(crate) fn wants_letters(&self) -> bool {
        self.inner.bus.wants(LETTERS)
    }

    pub(crate) fn count_letters(&self, letters: u64) {
        self.inner.counters.dead_letters.fetch_add(letters, Ordering::Relaxed);
    }

    pub(crate) fn dead_letter(
        &self,
        actor: Subject,
        message_type: &'static str,
        reason: LetterReason,
        sender: Sender,
        payload: Option<Box<dyn Any + Send>>,
    ) {
        self.count_letters(1);
        // Without subscribers the message is dropped here and not kept in a backlog.
        let payload = payload.filter(|_| self.inner.bus.has_subscribers());
        self.emit(Event::DeadLetter(DeadLetter::new(actor, message_type, reason, sender, payload)));
    }

    pub(crate) fn note_skipped(&self) {
        self.inner.counters.skipped_asks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn note_unclaimed(&self, actor: Subject, message_type: &'static str, error: String) {
        self.inner.counters.unclaimed_errors.fetch_add(1, Ordering::Relaxed);
        self.emit(Event::Unclaimed { actor, message_type, error });
    }

    /// A handler blocks its thread, or waits, for too long.
    pub(crate) fn note_slow(&self, event: Event) {
        self.inner.counters.slow_handlers.fetch_add(1, Ordering::Relaxed);
        self.emit(event);
    }

    /// For the shutdown report: an incarnation has ended, `since` being the first order to do so.
    pub(crate) fn note_stop(&self, core: &Core, overran: bool, since: Moment) {
        if self.is_closing() {
            self.inner.draft.lock().note_stop(core, overran, Moment::now().since(since));
        }
    }

    /// For the shutdown report: a logical actor has ended.
    pub(crate) fn note_end(&self) {
        if self.is_closing() {
            self.inner.draft.lock().note_end();
        }
    }
}

/// See [`System::note_delayed`].
#[cfg(feature = "testing")]
pub(crate) struct Delayed(System);

#[cfg(feature = "testing")]
impl Drop for Delayed {
    fn drop(&mut self) {
        self.0.inner.delayed.fetch_sub(1, Ordering::Relaxed);
    }
}
