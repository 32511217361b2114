//! The watchdog: one task per system that looks after every stop ladder when its time has come.
//!
//! It works from outside the actor's task, so that it also sees a handler that blocks its thread. A ladder has one
//! appointment at most; it goes with the ladder.
//!
//! An appointment that goes does not wake it. It sleeps on until then, and is woken only for one that is sooner: so actors
//! that start and stop one after another wake it some times in thirty seconds, and not several times each.
//!
//! Nor does it leave its place in the order of times at once; only when most of the places are void are they cleared away.
//! Times come nearly in their order, so that making an appointment and withdrawing it take a lock each and little more.
//!
//! Invariant: it is awake, or about to be woken, or sleeps until the first appointment at the latest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;

use slab::Slab;

use crate::roll::{Number, Roll};
use crate::rt::{Arc, Handle, Moment, Mutex, Notify, sleep_until, spawn};

/// So many void places are not worth clearing away.
const FEW: usize = 64;

pub(crate) struct Watchdog {
    agenda: Mutex<Agenda>,
    /// There is an appointment before it wakes, or no need for it any more.
    sooner: Notify,
    roll: Arc<Roll>,
}

/// A time to look at one ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Appointment {
    entry: u32,
    /// Tells it from others that the same entry was used for.
    ticket: NonZeroU32,
}

#[derive(Default)]
struct Agenda {
    /// Who is to be looked at.
    entries: Slab<(NonZeroU32, Number)>,
    /// In which order. What is not among the entries any more is void.
    order: BinaryHeap<Reverse<(Moment, Appointment)>>,
    last: u32,
    /// Until when it sleeps; `None`: until it is woken.
    wakes: Option<Moment>,
    closed: bool,
}

impl Watchdog {
    pub(crate) fn start(handle: &Handle, roll: Arc<Roll>) -> Arc<Self> {
        let watchdog = Arc::new(Self { agenda: Mutex::default(), sooner: Notify::new(), roll });
        let task = watchdog.clone();
        spawn(handle, async move { task.run().await });
        watchdog
    }

    /// Looks at the ladder of whoever has this place on the roll when it is `at`, and not at `instead` any more.
    pub(crate) fn look_at(&self, at: Moment, whom: Number, instead: Option<Appointment>) -> Appointment {
        let mut agenda = self.agenda.lock();
        if let Some(former) = instead {
            agenda.withdraw(former);
        }
        let appointment = agenda.enter(at, whom);
        let sooner = agenda.wakes.is_none_or(|wakes| at < wakes);
        if sooner {
            // One call is enough, for whoever comes before it is awake.
            agenda.wakes = Some(at);
        }
        drop(agenda);
        if sooner {
            self.sooner.notify_one();
        }
        appointment
    }

    /// There is nothing to look at any more.
    pub(crate) fn withdraw(&self, appointment: Appointment) {
        self.agenda.lock().withdraw(appointment);
    }

    /// The system is gone.
    pub(crate) fn close(&self) {
        self.agenda.lock().closed = true;
        self.sooner.notify_one();
    }

    async fn run(&self) {
        loop {
            let first = {
                let mut agenda = self.agenda.lock();
                if agenda.closed {
                    return;
                }
                agenda.plan()
            };
            match first {
                None => self.sooner.notified().await,
                Some(at) => tokio::select! {
                    // Not the time of the appointment: if the runtime was late, the actor has to have its time all the same.
                    () = sleep_until(at.instant()) => self.look(Moment::now()),
                    () = self.sooner.notified() => {}
                },
            }
        }
    }

    fn look(&self, now: Moment) {
        let due: Vec<_> = {
            let mut agenda = self.agenda.lock();
            std::iter::from_fn(|| agenda.due(now)).collect()
        };
        for (appointment, whom) in due {
            if let Some(life) = self.roll.find(whom) {
                life.escalate(appointment, now);
            }
        }
    }
}

impl Agenda {
    fn enter(&mut self, at: Moment, whom: Number) -> Appointment {
        self.last = self.last.wrapping_add(1);
        let ticket = NonZeroU32::new(self.last).unwrap_or(NonZeroU32::MIN);
        let entry = self.entries.insert((ticket, whom)) as u32;
        let appointment = Appointment { entry, ticket };
        self.order.push(Reverse((at, appointment)));
        appointment
    }

    fn holds(&self, Appointment { entry, ticket }: Appointment) -> bool {
        self.entries.get(entry as usize).is_some_and(|(held, _)| *held == ticket)
    }

    fn withdraw(&mut self, appointment: Appointment) {
        if !self.holds(appointment) {
            return;
        }
        self.entries.remove(appointment.entry as usize);
        if self.entries.is_empty() && self.entries.capacity() > 16 * FEW {
            // Many have started at once, or stopped, and are not going to do so again soon.
            self.entries = Slab::new();
            self.order = BinaryHeap::new();
        }
        if self.order.len() > 2 * self.entries.len() + FEW {
            let mut order = std::mem::take(&mut self.order);
            order.retain(|Reverse((_, appointment))| self.holds(*appointment));
            order.shrink_to(2 * order.len() + 2 * FEW);
            self.order = order;
        }
    }

    /// Until when to sleep. With nothing left to look at it still sleeps as it would have, or whoever starts next would have to
    /// wake it.
    fn plan(&mut self) -> Option<Moment> {
        let first = self.first();
        self.wakes = first.or_else(|| self.wakes.filter(|at| *at > Moment::now()));
        self.wakes
    }

    /// When to look next.
    fn first(&mut self) -> Option<Moment> {
        loop {
            let Reverse((at, appointment)) = *self.order.peek()?;
            if self.holds(appointment) {
                return Some(at);
            }
            self.order.pop();
        }
    }

    /// Takes out somebody who is to be looked at by now.
    fn due(&mut self, now: Moment) -> Option<(Appointment, Number)> {
        self.first().filter(|at| *at <= now)?;
        let Reverse((_, appointment)) = self.order.pop()?;
        let (_, whom) = self.entries.try_remove(appointment.entry as usize)?;
        Some((appointment, whom))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn agenda() -> (Agenda, Moment) {
        (Agenda::default(), Moment::now())
    }

    #[test]
    fn what_was_withdrawn_is_not_due_though_its_entry_is_used_again() {
        let (mut agenda, now) = agenda();
        let (one, other) = (Number::from_u32(1), Number::from_u32(2));
        let first = agenda.enter(now, one);
        agenda.withdraw(first);
        let second = agenda.enter(now + Duration::from_secs(1), other);
        assert_eq!(first.entry, second.entry);
        assert_eq!(agenda.due(now), None);
        agenda.withdraw(first);
        assert_eq!(agenda.due(now + Duration::from_secs(1)), Some((second, other)));
    }

    #[test]
    fn whoever_is_due_comes_in_the_order_of_time() {
        let (mut agenda, now) = agenda();
        let at = |seconds| now + Duration::from_secs(seconds);
        for seconds in [5, 3, 4] {
            agenda.enter(at(seconds), Number::from_u32(seconds as u32));
        }
        let mut whom = || agenda.due(at(4)).map(|(_, whom)| whom.to_u32());
        assert_eq!([whom(), whom(), whom()], [Some(3), Some(4), None]);
        assert_eq!(agenda.first(), Some(at(5)));
    }

    #[test]
    fn void_places_do_not_pile_up() {
        let (mut agenda, now) = agenda();
        let last = agenda.enter(now, Number::from_u32(0));
        for _ in 0..10_000 {
            let appointment = agenda.enter(now, Number::from_u32(1));
            agenda.withdraw(appointment);
        }
        assert!(agenda.order.len() <= 2 + FEW, "{}", agenda.order.len());
        assert!(agenda.order.capacity() <= 8 * FEW, "{}", agenda.order.capacity());
        assert!(agenda.holds(last));
    }

    #[test]
    fn the_memory_of_a_burst_is_given_back() {
        let (mut agenda, now) = agenda();
        let burst: Vec<_> = (0..10_000).map(|at| agenda.enter(now, Number::from_u32(at))).collect();
        burst.into_iter().for_each(|appointment| agenda.withdraw(appointment));
        assert_eq!((agenda.entries.capacity(), agenda.order.capacity()), (0, 0));
        let appointment = agenda.enter(now, Number::from_u32(1));
        assert!(agenda.holds(appointment));
    }
}
