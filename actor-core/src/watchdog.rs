//! The watchdog: one task per system that looks after every stop ladder when its time has come.
//!
//! It works from outside the actor's task, so that it also sees a handler that blocks its thread. Appointments are kept
//! in order of time, one for each ladder at most; it goes with the ladder.
//!
//! An appointment that goes does not wake it. It sleeps on until then, and is woken only for one that is sooner: so actors
//! that start and stop one after another wake it some times in thirty seconds, and not several times each.
//!
//! Invariant: it is awake, or about to be woken, or sleeps until the first appointment at the latest.

use std::collections::BTreeMap;

use crate::erased::Life;
use crate::rt::{Arc, Handle, Instant, Mutex, Notify, Weak, sleep_until, spawn};

#[derive(Default)]
pub(crate) struct Watchdog {
    agenda: Mutex<Agenda>,
    /// There is an appointment before it wakes, or no need for it any more.
    sooner: Notify,
}

/// A time to look at one ladder.
#[derive(Debug)]
pub(crate) struct Appointment((Instant, u64));

#[derive(Default)]
struct Agenda {
    appointments: BTreeMap<(Instant, u64), Weak<dyn Life>>,
    /// Tells appointments of the same instant apart.
    next: u64,
    /// Until when it sleeps; `None`: until it is woken.
    wakes: Option<Instant>,
    closed: bool,
}

impl Watchdog {
    pub(crate) fn start(handle: &Handle) -> Arc<Self> {
        let watchdog = Arc::new(Self::default());
        let task = watchdog.clone();
        spawn(handle, async move { task.run().await });
        watchdog
    }

    /// Looks at the ladder of `life` when it is `at`, and not at `instead` any more.
    pub(crate) fn look_at(
        &self,
        at: Instant,
        life: Weak<dyn Life>,
        instead: Option<Appointment>,
    ) -> Appointment {
        let mut agenda = self.agenda.lock();
        let withdrawn = instead.and_then(|Appointment(key)| agenda.appointments.remove(&key));
        let key = (at, agenda.next);
        agenda.next += 1;
        let sooner = agenda.wakes.is_none_or(|wakes| at < wakes);
        agenda.appointments.insert(key, life);
        drop(agenda);
        drop(withdrawn);
        if sooner {
            self.sooner.notify_one();
        }
        Appointment(key)
    }

    /// There is nothing to look at any more.
    pub(crate) fn withdraw(&self, Appointment(key): Appointment) {
        let withdrawn = self.agenda.lock().appointments.remove(&key);
        drop(withdrawn);
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
                agenda.wakes = agenda.appointments.first_key_value().map(|(key, _)| key.0);
                agenda.wakes
            };
            match first {
                None => self.sooner.notified().await,
                Some(at) => tokio::select! {
                    // Not the time of the appointment: if the runtime was late, the actor has to have its time all the same.
                    () = sleep_until(at) => self.look(Instant::now()),
                    () = self.sooner.notified() => {}
                },
            }
        }
    }

    fn look(&self, now: Instant) {
        let due = {
            let mut agenda = self.agenda.lock();
            let later = agenda.appointments.split_off(&(now, u64::MAX));
            std::mem::replace(&mut agenda.appointments, later)
        };
        for life in due.into_values().filter_map(|life| life.upgrade()) {
            life.escalate(now);
        }
    }
}
