//! What belongs to one incarnation and goes with it: watches that it holds, tasks and timers, children.
//!
//! Most incarnations have none of it. So it is made when somebody asks for it, by [`Context`](crate::Context).

use std::any::Any;
use std::collections::{BTreeMap, HashMap};

use crate::erased::Life;
use crate::identity::ActorId;
use crate::lifecycle::{Order, Shutdown, Status};
use crate::reason::StopReason;
use crate::rt::atomic::{AtomicBool, Ordering};
use crate::rt::{AbortHandle, Arc, Handle, JoinSet, Mutex, spawn_in};
use crate::watch::WatchKey;

/// Called once: when an incarnation is up, or has ended without having been.
pub(crate) type Started = Box<dyn FnOnce(Result<(), StopReason>) + Send>;

pub(crate) struct Incarnation {
    pub(crate) epoch: u64,
    watching: Mutex<HashMap<ActorId, Arc<dyn Life>>>,
    /// Made for the first of them.
    tasks: Mutex<Option<JoinSet<()>>>,
    children: Mutex<BTreeMap<u64, ChildLife>>,
    /// Its children are being stopped.
    ending: AtomicBool,
    /// Its children are gone, and it gets no more. Changes under the lock of the children.
    childless: AtomicBool,
    started: Mutex<Option<Started>>,
    at_once: AtomicBool,
}

/// A child as its parent's end sees it.
pub(crate) struct ChildLife {
    pub(crate) life: Arc<dyn Life>,
    pub(crate) policy: Shutdown,
    /// What keeps it alive, if nobody else does.
    #[expect(dead_code, reason = "it is held for its drop")]
    pub(crate) owner: Option<Box<dyn Any + Send + Sync>>,
}

impl Incarnation {
    pub(crate) fn new(epoch: u64) -> Self {
        Self {
            epoch,
            watching: Mutex::default(),
            tasks: Mutex::default(),
            children: Mutex::default(),
            ending: AtomicBool::new(false),
            childless: AtomicBool::new(false),
            started: Mutex::default(),
            at_once: AtomicBool::new(false),
        }
    }

    /// Takes over the duty to say how the start came out. Supervisors do: they are up when their children are.
    pub(crate) fn take_started(&self) -> Option<Started> {
        self.started.lock().take()
    }

    /// Leaves that duty to the run loop again, which has it when the incarnation has ended.
    pub(crate) fn give_back_started(&self, started: Option<Started>) {
        *self.started.lock() = started;
    }

    /// Notes a watch. `false` if there is one already.
    pub(crate) fn note_watch(&self, other: Arc<dyn Life>) -> bool {
        self.watching.lock().insert(other.core().id, other).is_none()
    }

    /// Takes a watch out. `false` if there was none.
    pub(crate) fn forget_watch(&self, id: ActorId) -> bool {
        self.watching.lock().remove(&id).is_some()
    }

    /// Runs `task` until it ends or the incarnation does.
    pub(crate) fn spawn(
        &self,
        handle: &Handle,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> AbortHandle {
        let mut tasks = self.tasks.lock();
        let tasks = tasks.get_or_insert_default();
        while tasks.try_join_next().is_some() {}
        spawn_in(tasks, handle, task)
    }

    /// Whether something may yet come to it by itself: from a task or a timer, or from whom it watches.
    #[cfg(feature = "testing")]
    pub(crate) fn expects_something(&self) -> bool {
        let mut tasks = self.tasks.lock();
        let busy = tasks.as_mut().is_some_and(|tasks| {
            while tasks.try_join_next().is_some() {}
            !tasks.is_empty()
        });
        busy || !self.watching.lock().is_empty()
    }

    /// Enters a child that is to be stopped with this incarnation, at its place in the start order.
    /// `false`: it is too late.
    pub(crate) fn adopt(&self, place: u64, child: ChildLife) -> bool {
        let mut children = self.children.lock();
        if self.childless.load(Ordering::Relaxed) {
            return false;
        }
        children.insert(place, child);
        true
    }

    /// If there are no children, there will be none any more.
    pub(crate) fn end_if_childless(&self) -> bool {
        let children = self.children.lock();
        if children.is_empty() {
            self.ending.store(true, Ordering::SeqCst);
            self.childless.store(true, Ordering::Relaxed);
        }
        children.is_empty()
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    pub(crate) fn release(&self, place: u64) {
        let child = self.children.lock().remove(&place);
        drop(child);
    }

    /// From now on the children are stopped all at once instead of one after another.
    pub(crate) fn stop_children_at_once(&self) {
        self.at_once.store(true, Ordering::Relaxed);
    }

    /// Stops the children in reverse start order, one after another unless they go at once, each within its own bounds.
    pub(crate) async fn stop_children(&self) {
        self.ending.store(true, Ordering::SeqCst);
        if self.at_once.load(Ordering::Relaxed) {
            let children: Vec<_> =
                self.children.lock().values().map(|child| (child.life.clone(), child.policy)).collect();
            for (life, policy) in children {
                life.order(Order::End { policy });
                // Between two incarnations there is nothing to wait for.
                if matches!(life.core().status(), Status::Restarting) {
                    abandon(&*life);
                }
            }
        }
        loop {
            let last = {
                let mut children = self.children.lock();
                let last = children.pop_last();
                self.childless.store(last.is_none(), Ordering::Relaxed);
                last
            };
            let Some((_, child)) = last else { return };
            child.stop().await;
        }
    }

    /// Lets go of everything that is left when the incarnation ends.
    pub(crate) fn end(&self, holder: ActorId) {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        // Dropping the set cancels its tasks at their next await.
        drop(tasks);
        let watching = std::mem::take(&mut *self.watching.lock());
        for other in watching.into_values() {
            other.core().unwatch(WatchKey::Watch { holder, epoch: self.epoch });
        }
    }
}

impl ChildLife {
    fn order(&self) {
        self.life.order(Order::End { policy: self.policy });
    }

    /// Ends the child for good: stop, then kill, then, if it does not give its thread back, leave it behind.
    pub(crate) async fn stop(&self) {
        self.order();
        // Bounded by the ladder of the child, and by those of its own children.
        self.life.core().gone().await;
        abandon(&*self.life);
        // Somebody else may be at it.
        self.life.core().stopped_or_stuck().await;
    }
}

/// Nobody decides about this actor any more: it ends with its incarnation, or now if it has none.
fn abandon(life: &dyn Life) {
    if life.core().abandon() {
        life.finish(life.core().last_reason().unwrap_or(StopReason::Shutdown));
    }
}
