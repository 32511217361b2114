//! Pekko, `DeathWatchSpec` and the typed `WatchSpec`: hearing that another actor has ended.
//!
//! Left out:
//! - "only notify when watching": a `Down` cannot be forged from outside.
//! - "watch with custom message", all of `watchWith`, "stash watchWith termination message correctly": a watch says
//!   `Down`, one type for all.
//! - "fail a monitor which does not handle Terminated()", "fail the actor itself with DeathPact": an actor that does not
//!   handle `Down` cannot watch, which is found at compile time. That two fates are tied is what links are for.

use actor_core::prelude::*;
use actor_core::testing::{Probe, TestSystem};

use crate::kit::{Diary, End, Latch, Worker, both_ways, child, kind, occupy, secs};

/// The probe hears of the end of `worker`, once. Returns why it ended.
async fn hears_once(probe: &mut Probe<Down>, worker: &ActorRef<Worker>) -> StopReason {
    let down = probe.recv().await;
    assert_eq!(down.id, worker.id());
    assert_eq!(&down.path, worker.path());
    worker.stopped().await;
    hears_nothing(probe).await;
    down.reason
}

/// Nothing has been sent to the probe. What was stands before this question in its mailbox.
async fn hears_nothing(probe: &mut Probe<Down>) {
    probe.unwatch(probe.actor()).await;
    assert!(probe.try_recv().is_none());
}

/// Pekko DeathWatchSpec: notify with one Terminated message when an Actor is stopped; WatchSpec: get notified of graceful actor termination
#[test]
fn a_watcher_hears_once_of_an_end_and_why() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
            let mut probe = system.probe::<Down>();
            let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
            probe.watch(&worker).await;
            end.of(&worker).await;
            assert_eq!(kind(&hears_once(&mut probe, &worker).await), end.kind());
        }
    });
}

/// Pekko DeathWatchSpec: notify with one Terminated message when an Actor is already dead
#[test]
fn one_that_watches_the_dead_hears_at_once() {
    both_ways(async |system: TestSystem| {
        let mut probe = system.probe::<Down>();
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        worker.crash().await.unwrap_err();
        worker.stopped().await;
        probe.watch(&worker).await;
        assert_eq!(kind(&hears_once(&mut probe, &worker).await), "panicked");
    });
}

/// Pekko DeathWatchSpec: notify with all monitors with one Terminated message when an Actor is stopped
#[test]
fn every_watcher_hears_once() {
    both_ways(async |system: TestSystem| {
        let mut probes = [system.probe::<Down>(), system.probe(), system.probe()];
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        for probe in &probes {
            probe.watch(&worker).await;
        }
        worker.stop();
        for probe in &mut probes {
            assert_eq!(kind(&hears_once(probe, &worker).await), "normal");
        }
    });
}

/// Pekko DeathWatchSpec: notify with _current_ monitors with one Terminated message when an Actor is stopped
#[test]
fn one_that_has_stopped_watching_hears_nothing() {
    both_ways(async |system: TestSystem| {
        let mut probes = [system.probe::<Down>(), system.probe(), system.probe()];
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        for probe in &probes {
            probe.watch(&worker).await;
        }
        probes[1].unwatch(&worker).await;
        worker.stop();
        let [first, second, third] = &mut probes;
        hears_once(first, &worker).await;
        hears_once(third, &worker).await;
        hears_nothing(second).await;
    });
}

/// Pekko DeathWatchSpec: notify with a Terminated message once when an Actor is stopped but not when restarted
#[test]
fn a_restart_is_no_end_and_the_end_after_it_is_heard_of() {
    both_ways(async |system: TestSystem| {
        let mut probe = system.probe::<Down>();
        let diary = Diary::default();
        let nested = Supervisor::one_for_one().intensity(2, secs(3_600)).child(child("w", &diary));
        let tree = Supervisor::one_for_one().supervisor("nested", nested).start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.supervisor("nested").unwrap().child("w").unwrap();
        probe.watch(&worker).await;
        for epoch in [2, 3] {
            worker.crash().await.unwrap_err();
            worker.seen().await.unwrap();
            assert_eq!(worker.epoch(), epoch);
        }
        hears_nothing(&mut probe).await;
        worker.crash().await.unwrap_err();
        assert_eq!(kind(&hears_once(&mut probe, &worker).await), "panicked");
        assert!(worker.is_closed());
    });
}

/// Pekko WatchSpec: notify a parent of child termination because of failure with a supervisor
#[test]
fn the_cause_of_a_failure_travels_to_the_watcher() {
    both_ways(async |system: TestSystem| {
        let mut probe = system.probe::<Down>();
        let child = child("w", &Diary::default()).restart(Restart::Temporary);
        let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        probe.watch(&worker).await;
        worker.fail().await.unwrap();
        let StopReason::Failed(cause) = hears_once(&mut probe, &worker).await else { panic!("no cause") };
        assert_eq!(cause.to_string(), "on purpose");
    });
}

/// Pekko DeathWatchSpec: be able to watch a child with the same name after the old died
#[test]
fn a_successor_of_the_same_name_can_be_started_and_watched_once_the_old_one_is_down() {
    both_ways(async |system: TestSystem| {
        let mut probe = system.probe::<Down>();
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let mut former = None;
        for _ in 0..2 {
            let worker = dynamic.start_child(child("kid", &diary)).await.unwrap();
            assert_ne!(former, Some(worker.id()));
            former = Some(worker.id());
            probe.watch(&worker).await;
            worker.kill();
            assert_eq!(kind(&hears_once(&mut probe, &worker).await), "killed");
        }
    });
}

/// Pekko DeathWatchSpec: discard Terminated when unwatched between sysmsg and processing
#[test]
fn a_notice_that_is_queued_when_the_watch_ends_is_discarded() {
    struct Watcher {
        target: ActorRef<Worker>,
        heard: usize,
    }
    #[actor]
    impl Watcher {
        #[on_start]
        fn begin(&mut self, ctx: &mut Context<Self>) {
            ctx.watch(&self.target);
        }
        #[handler]
        async fn see_it_end_and_look_away(&mut self, ctx: &mut Context<Self>) {
            self.target.stop();
            self.target.stopped().await;
            ctx.unwatch(&self.target);
        }
        #[handler]
        fn heard(&self) -> usize {
            self.heard
        }
    }
    impl Handler<Down> for Watcher {
        type Reply = ();
        async fn handle(&mut self, _: Down, _ctx: &mut Context<Self>) {
            self.heard += 1;
        }
    }
    both_ways(async |system: TestSystem| {
        let target = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        let watcher = system.start(Watcher { target, heard: 0 }).await.unwrap();
        watcher.see_it_end_and_look_away().await.unwrap();
        assert_eq!(watcher.heard().await.unwrap(), 0);
    });
}

/// Pekko WatchSpec: allow idempotent invocations of watch
#[test]
fn watching_twice_is_watching_once() {
    both_ways(async |system: TestSystem| {
        let mut probe = system.probe::<Down>();
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        probe.watch(&worker).await;
        probe.watch(&worker).await;
        worker.stop();
        hears_once(&mut probe, &worker).await;
    });
}

/// Pekko WatchSpec: allow watch message redefinition using unwatch (here: the watch itself, anew)
#[test]
fn one_unwatch_ends_the_watch_however_often_it_was_asked_for_and_a_new_one_counts() {
    both_ways(async |system: TestSystem| {
        let mut probe = system.probe::<Down>();
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        probe.watch(&worker).await;
        probe.watch(&worker).await;
        probe.unwatch(&worker).await;
        probe.watch(&worker).await;
        worker.stop();
        hears_once(&mut probe, &worker).await;
        // After it has been heard of, a new watch is a new question.
        probe.watch(&worker).await;
        hears_once(&mut probe, &worker).await;
    });
}

/// Pekko SupervisionSpec: stop children when restarting (a watch held by another outlives the restart)
#[test]
fn a_watch_on_a_busy_actor_survives_its_restarts_and_those_of_its_supervisor_do_end_it() {
    both_ways(async |system: TestSystem| {
        system.allow_dead_letters();
        let mut probe = system.probe::<Down>();
        let diary = Diary::default();
        let nested = Supervisor::one_for_one().child(child("w", &diary));
        let tree = Supervisor::one_for_one().supervisor("nested", nested).start(&system).await.unwrap();
        let nested = tree.supervisor("nested").unwrap();
        let worker: ActorRef<Worker> = nested.child("w").unwrap();
        let latch = Latch::closed();
        occupy(&worker, &latch).await;
        probe.watch(&worker).await;
        worker.kill();
        worker.seen().await.unwrap();
        hears_nothing(&mut probe).await;
        // The nested supervisor comes back with new children: this one has ended.
        nested.stop();
        assert_eq!(kind(&hears_once(&mut probe, &worker).await), "shutdown");
    });
}
