//! The memory of mailboxes, given back by actors that rest.
//!
//! A mailbox has no memory until its actor is told something, and would keep it for ever: most of what an idle actor takes. So
//! an actor is noted here when its mailbox has been given some. A task looks at those who are noted, and has a mailbox let go of
//! its memory if it is empty and its actor has taken nothing out since the look before, because it rests or a handler waits: for
//! half a second at least, and about one as a rule. An actor whose
//! mailbox has none is noted no more, and with nobody noted there is no task. So this costs no timer of each actor's, and a
//! message only where its mailbox needs memory.
//!
//! Where a test holds the clock nobody is noted: the task's timer would move the clock by itself.
//!
//! Invariant: an actor that is marked as noted stands in the list, is about to, or is just being looked at. A place in the list
//! whose number has another actor by now is that one's.

use std::collections::VecDeque;
use std::time::Duration;

use crate::roll::{Number, Roll};
use crate::rt::{Arc, Handle, Mutex, Weak, sleep, spawn};

/// Between two looks at an actor, in milliseconds. Two of them and what a clock is late are about a second.
const TICK: u64 = 500;

/// Looks in one go, before others have the thread: some 20 microseconds.
const PORTION: usize = 128;

/// Looks between two ticks, so that a million actors that are all at work cost a few percent of one processor. Their looks are
/// further apart then.
const MOST: usize = 65_536;

pub(crate) struct Rests {
    roll: Arc<Roll>,
    /// Where the task runs; `None` where a test holds the clock.
    handle: Option<Handle>,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    places: VecDeque<Place>,
    /// A bit for each number on the roll: whether it stands in the list. As numbers are used again, the list is no longer than
    /// the roll ever was, however many actors come and go.
    noted: Vec<u64>,
    /// There is a task. Should its runtime have no timers, it is gone, and nothing is given back.
    ticks: bool,
}

struct Place {
    whom: Number,
    /// How many messages it had taken at the last look.
    taken: u64,
}

impl Rests {
    pub(crate) fn new(roll: Arc<Roll>, handle: Option<Handle>) -> Arc<Self> {
        Arc::new(Self { roll, handle, list: Mutex::default() })
    }

    /// The mailbox of whoever has this place on the roll has been given memory.
    pub(crate) fn note(self: &Arc<Self>, whom: Number) {
        let Some(handle) = &self.handle else { return };
        let mut list = self.list.lock();
        // There is no such number of messages.
        list.enter(Place { whom, taken: u64::MAX });
        let ticks = std::mem::replace(&mut list.ticks, true);
        drop(list);
        if !ticks {
            spawn(handle, tick(Arc::downgrade(self)));
        }
    }

    /// Looks at so many, those first who have waited longest.
    fn look(&self, most: usize) {
        let mut places = self.list.lock().leave(most);
        places.retain_mut(|place| {
            let taken = self.roll.find(place.whom).and_then(|life| life.rest(place.taken));
            taken.inspect(|&taken| place.taken = taken).is_some()
        });
        let mut list = self.list.lock();
        places.into_iter().for_each(|place| list.enter(place));
    }

    fn len(&self) -> usize {
        self.list.lock().places.len()
    }

    /// Whether there is nobody left; then the task is over.
    fn is_over(&self) -> bool {
        let mut list = self.list.lock();
        if list.places.is_empty() {
            *list = List::default();
        }
        !list.ticks
    }
}

impl List {
    /// Whoever was noted during a look keeps that place.
    fn enter(&mut self, place: Place) {
        let (word, bit) = self.bit(place.whom);
        if *word & bit == 0 {
            *word |= bit;
            self.places.push_back(place);
        }
    }

    /// Before they are looked at, so that what is noted during the look counts.
    fn leave(&mut self, most: usize) -> Vec<Place> {
        let most = most.min(self.places.len());
        let places: Vec<_> = self.places.drain(..most).collect();
        for place in &places {
            let (word, bit) = self.bit(place.whom);
            *word &= !bit;
        }
        places
    }

    fn bit(&mut self, whom: Number) -> (&mut u64, u64) {
        let (at, bit) = (whom.to_u32() as usize / 64, 1 << (whom.to_u32() % 64));
        if at >= self.noted.len() {
            self.noted.resize(at + 1, 0);
        }
        (&mut self.noted[at], bit)
    }
}

/// It keeps nobody's memory while it sleeps.
async fn tick(rests: Weak<Rests>) {
    loop {
        sleep(Duration::from_millis(TICK)).await;
        let Some(rests) = rests.upgrade() else { return };
        let mut left = rests.len().min(MOST);
        while left > 0 {
            rests.look(left.min(PORTION));
            left = left.saturating_sub(PORTION);
            tokio::task::yield_now().await;
        }
        if rests.is_over() {
            return;
        }
    }
}

#[cfg(all(test, not(plain_queue)))]
mod tests {
    use super::*;
    use crate::actor::Actor;
    use crate::context::Context;
    use crate::message::Handler;
    use crate::reference::ActorRef;
    use crate::system::System;

    struct Sum(u64);

    impl Actor for Sum {}

    impl Handler<u64> for Sum {
        type Reply = u64;

        async fn handle(&mut self, number: u64, _ctx: &mut Context<Self>) -> u64 {
            self.0 += number;
            self.0
        }
    }

    /// Waits for ever.
    struct Wait;

    impl Handler<Wait> for Sum {
        type Reply = ();

        async fn handle(&mut self, Wait: Wait, _ctx: &mut Context<Self>) {
            std::future::pending::<()>().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_waits_for_ever_keeps_neither_memory_nor_the_task() {
        let system = System::new("rest");
        let sum = system.spawn(Sum(0));
        sum.tell(Wait).await.unwrap();
        sleep(Duration::from_secs(3)).await;
        assert!(!has_memory(&sum) && !ticks(&system));
        sum.kill();
        system.shutdown().await;
    }

    fn has_memory(actor: &ActorRef<Sum>) -> bool {
        // It has not taken so many.
        actor.local_cell().queue.give_back(u64::MAX).is_some()
    }

    fn ticks(system: &System) -> bool {
        system.rests().list.lock().ticks
    }

    #[tokio::test(start_paused = true)]
    async fn a_mailbox_at_rest_gives_its_memory_back_and_is_given_some_again() {
        let system = System::new("rest");
        let sum = system.spawn(Sum(0));
        for round in 1..=3 {
            assert_eq!(sum.ask(5).await.unwrap(), 5 * round);
            assert!(has_memory(&sum) && ticks(&system));
            sleep(Duration::from_millis(3 * TICK)).await;
            assert!(!has_memory(&sum) && !ticks(&system), "in round {round}");
        }
        system.shutdown().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_mailbox_that_is_used_keeps_its_memory() {
        let system = System::new("rest");
        let (used, at_rest) = (system.spawn(Sum(0)), system.spawn(Sum(0)));
        at_rest.ask(1).await.unwrap();
        for _ in 0..10 {
            used.ask(1).await.unwrap();
            sleep(Duration::from_millis(TICK / 2)).await;
            assert!(has_memory(&used));
        }
        assert!(!has_memory(&at_rest) && ticks(&system));
        system.shutdown().await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_list_does_not_grow_with_those_that_come_and_go() {
        let system = System::new("rest");
        for _ in 0..100 {
            let sum = system.spawn(Sum(0));
            sum.ask(1).await.unwrap();
            sum.stop();
            sum.stopped().await;
        }
        assert!(system.rests().len() <= 8, "{}", system.rests().len());
        system.shutdown().await;
    }
}
