//! Live administration: start, terminate, restart, delete, list, count, reconfigure.

use actor_core::ChildStatus::{Restarting, Running, Starting, Stopped, Stopping};
use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, Backoff, ChildKind, Reconfigure, SpecError, Status};
use tokio::time::Instant;

use crate::kit::{
    Chronicle, Diary, End, Latch, Worker, both_ways, child, children, counts, flaky, kind, latched,
    latched_from, lives_again, ms, names, occupy, secs, statuses,
};

/// OTP supervisor_SUITE: child_adm
#[test]
fn a_child_is_started_terminated_restarted_and_deleted_and_each_call_says_what_is_wrong() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
        let first: ActorRef<Worker> = tree.child("w").unwrap();
        let [info] = &tree.children().await.unwrap()[..] else { panic!("one child") };
        assert_eq!((&*info.name, info.id, info.status), ("w", Some(first.id()), Running));
        assert_eq!((info.restart, info.kind), (Restart::Permanent, ChildKind::Worker));
        assert_eq!(counts(&tree).await, [1, 1, 0, 1]);
        // Start of one that runs; deletion, restart of one that runs; calls about nobody.
        let error = tree.start_child(child("w", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::DuplicateName { .. }), "{error}");
        assert!(matches!(tree.restart_child("w").await, Err(AdminError::Running { .. })));
        assert!(matches!(tree.delete_child("w").await, Err(AdminError::Running { .. })));
        assert!(matches!(tree.terminate_child("hej").await, Err(AdminError::Unknown { .. })));
        assert!(matches!(tree.restart_child("hej").await, Err(AdminError::Unknown { .. })));
        assert!(matches!(tree.delete_child("hej").await, Err(AdminError::Unknown { .. })));
        assert_eq!(first.epoch(), 1, "nothing has happened to it");

        tree.terminate_child("w").await.unwrap();
        assert_eq!(kind(&first.stopped().await), "shutdown");
        let [info] = &tree.children().await.unwrap()[..] else { panic!("one child") };
        assert_eq!((info.id, info.status), (None, Stopped));
        assert_eq!(counts(&tree).await, [1, 0, 0, 1]);
        assert!(tree.child::<Worker>("w").is_err());
        // Once more is no error: what was asked for is the case.
        tree.terminate_child("w").await.unwrap();
        let error = tree.start_child(child("w", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::DuplicateName { .. }), "its specification is there: {error}");

        tree.restart_child("w").await.unwrap();
        let second: ActorRef<Worker> = tree.child("w").unwrap();
        assert_ne!(second.id(), first.id());
        assert_eq!((second.path(), second.epoch()), (first.path(), 1));
        assert!(matches!(first.status(), Status::Stopped(_)), "the first one has ended once and for all");
        assert_eq!(counts(&tree).await, [1, 1, 0, 1]);

        tree.terminate_child("w").await.unwrap();
        tree.delete_child("w").await.unwrap();
        assert!(matches!(tree.restart_child("w").await, Err(AdminError::Unknown { .. })));
        assert_eq!(names(&tree).await, [""; 0]);
        assert_eq!(counts(&tree).await, [0, 0, 0, 0]);

        let third = tree.start_child(child("w", &diary)).await.unwrap();
        third.crash().await.unwrap_err();
        assert_eq!(third.note(1).await.unwrap(), 1, "it is restarted like any other");
    });
}

/// OTP supervisor_SUITE: child_adm (calls on one that is not there)
#[test]
fn a_supervisor_that_has_stopped_refuses_every_call() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
        tree.stop();
        tree.stopped().await;
        assert!(matches!(tree.children().await, Err(AdminError::Closed)));
        assert!(matches!(tree.count().await, Err(AdminError::Closed)));
        assert!(matches!(tree.start_child(child("x", &diary)).await, Err(AdminError::Closed)));
        assert!(matches!(tree.terminate_child("w").await, Err(AdminError::Closed)));
        assert!(matches!(tree.restart_child("w").await, Err(AdminError::Closed)));
        assert!(matches!(tree.delete_child("w").await, Err(AdminError::Closed)));
        assert!(matches!(tree.reconfigure(Reconfigure::new()).await, Err(AdminError::Closed)));
        assert_eq!(diary.who("started"), ["w"]);
    });
}

/// OTP supervisor_SUITE: scale_start_stop_many_children (here one child, over and over)
#[test]
fn a_child_can_be_terminated_and_started_again_any_number_of_times() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
        for round in 1..=50 {
            let worker: ActorRef<Worker> = tree.child("w").unwrap();
            tree.terminate_child("w").await.unwrap();
            assert_eq!(kind(&worker.stopped().await), "shutdown");
            let again = tree.restart_child("w").await;
            assert!(again.is_ok(), "round {round}: {again:?}");
            let worker: ActorRef<Worker> = tree.child("w").unwrap();
            assert_eq!(worker.note(round).await.unwrap(), 1);
        }
    });
}

/// OTP supervisor_SUITE: sup_stop_race (here of terminate_child and the child's own end)
#[test]
fn a_child_that_ends_while_it_is_terminated_ends_once_and_can_be_started_again() {
    both_ways(async |system: TestSystem| {
        system.allow_dead_letters();
        let diary = Diary::default();
        for restart in [Restart::Permanent, Restart::Transient] {
            for end in [End::Stop, End::Kill, End::Fail, End::Crash] {
                let tree = Supervisor::one_for_one()
                    .intensity(100, secs(60))
                    .child(child("w", &diary).restart(restart))
                    .child(child("bystander", &diary));
                let tree = tree.start(&system).await.unwrap();
                let [worker, bystander] = children(&tree, ["w", "bystander"]);
                let mut probe = system.probe::<Down>();
                probe.watch(&worker).await;
                match end {
                    End::Stop => worker.stop(),
                    End::Kill => worker.kill(),
                    End::Fail => worker.fail().tell().await.unwrap(),
                    _ => worker.crash().tell().await.unwrap(),
                }
                tree.terminate_child("w").await.unwrap();
                worker.stopped().await;
                assert_eq!(probe.recv().await.id, worker.id());
                probe.unwatch(probe.actor()).await;
                assert!(probe.try_recv().is_none());
                assert_eq!(statuses(&tree).await[0], ("w".to_owned(), Stopped), "{restart:?} {end:?}");
                tree.restart_child("w").await.unwrap();
                let next: ActorRef<Worker> = tree.child("w").unwrap();
                assert_eq!(next.note(1).await.unwrap(), 1);
                assert_eq!((next.epoch(), bystander.epoch()), (1, 1));
                tree.stop();
                tree.stopped().await;
            }
        }
    });
}

/// OTP supervisor_SUITE: child_adm_simple
#[test]
fn a_dynamic_supervisor_starts_and_terminates_and_keeps_no_specification() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
        let permanent = |name| child(name, &diary).restart(Restart::Permanent);
        let one = dynamic.start_child(permanent("one")).await.unwrap();
        dynamic.start_child(permanent("two")).await.unwrap();
        assert_eq!(names(&dynamic).await, ["one", "two"]);
        assert_eq!(counts(&dynamic).await, [2, 2, 0, 2]);
        dynamic.terminate_child("one").await.unwrap();
        assert_eq!(kind(&one.stopped().await), "shutdown");
        assert_eq!(names(&dynamic).await, ["two"]);
        assert_eq!(counts(&dynamic).await, [1, 1, 0, 1]);
        assert!(matches!(dynamic.terminate_child("one").await, Err(AdminError::Unknown { .. })));
        assert_ne!(dynamic.start_child(permanent("one")).await.unwrap(), one);
        assert_eq!(names(&dynamic).await, ["two", "one"]);
    });
}

/// OTP supervisor_SUITE: sup_start_map
#[test]
fn what_is_not_said_of_a_child_is_permanent_and_five_seconds() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .child(child("plain", &diary))
            .child(child("killed", &diary).shutdown(Shutdown::Kill))
            .supervisor("nested", Supervisor::one_for_one())
            .supervisor("dynamic", DynamicSupervisor::new());
        let tree = tree.start(&system).await.unwrap();
        let seen: Vec<_> = tree.children().await.unwrap();
        let seen: Vec<_> =
            seen.iter().map(|child| (&*child.name, child.restart, child.kind, child.status)).collect();
        assert_eq!(
            seen,
            [
                ("plain", Restart::Permanent, ChildKind::Worker, Running),
                ("killed", Restart::Permanent, ChildKind::Worker, Running),
                ("nested", Restart::Permanent, ChildKind::Supervisor, Running),
                ("dynamic", Restart::Permanent, ChildKind::Supervisor, Running),
            ]
        );
        assert_eq!(Shutdown::default(), Shutdown::After(secs(5)));
        let dynamic = tree.dynamic("dynamic").unwrap();
        dynamic.start_child(child("w", &diary)).await.unwrap();
        assert_eq!(dynamic.children().await.unwrap()[0].restart, Restart::Temporary);
    });
}

/// OTP supervisor_SUITE: child_specs, child_specs_map
#[test]
fn a_specification_that_cannot_work_is_refused_also_of_a_supervisor_that_runs() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let unlimited = || child("w", &diary).shutdown(Shutdown::Unlimited);
        let tree = Supervisor::one_for_one().start(&system).await.unwrap();
        let error = tree.start_child(unlimited()).await.unwrap_err();
        assert!(matches!(error, AdminError::Spec(SpecError::UnlimitedWorker { .. })), "{error}");
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let error = dynamic.start_child(unlimited()).await.unwrap_err();
        assert!(matches!(error, AdminError::Spec(SpecError::UnlimitedWorker { .. })), "{error}");
        let significant = child("w", &diary).restart(Restart::Transient).significant();
        let error = tree.start_child(significant).await.unwrap_err();
        assert!(
            matches!(error, AdminError::Spec(SpecError::SignificantWithoutAutoShutdown { .. })),
            "{error}"
        );
        assert_eq!((names(&tree).await, names(&dynamic).await), (vec![], vec![]));
        assert!(diary.lines().is_empty());
    });
}

/// OTP supervisor_SUITE: which_children
#[test]
fn the_list_shows_who_starts_who_runs_and_who_has_ended_in_the_order_of_the_specification() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary))
            .child(child("b", &diary).restart(Restart::Transient))
            .supervisor("c", Supervisor::one_for_one())
            .child(child("d", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [_, b, d] = children(&tree, ["a", "b", "d"]);
        b.quit().await.unwrap();
        b.stopped().await;
        let latch = Latch::closed();
        let (slow, waiting) = (diary.clone(), latch.clone());
        let adding = tokio::spawn({
            let tree = tree.clone();
            async move {
                let factory = move || {
                    let (slow, waiting) = (slow.clone(), waiting.clone());
                    async move {
                        waiting.passed().await;
                        Worker::new("e", &slow)
                    }
                };
                tree.start_child(Child::new("e", factory)).await
            }
        });
        latch.crowd(1).await;
        let status = [("a", Running), ("b", Stopped), ("c", Running), ("d", Running), ("e", Starting)];
        assert_eq!(statuses(&tree).await, status.map(|(name, status)| (name.to_owned(), status)));
        let ids: Vec<_> = tree.children().await.unwrap().iter().map(|child| child.id.is_some()).collect();
        assert_eq!(ids, [true, false, true, true, true]);
        latch.open();
        let e = adding.await.unwrap().unwrap();
        assert_eq!(tree.child::<Worker>("e").unwrap(), e);
        assert_eq!(names(&tree).await, ["a", "b", "c", "d", "e"]);
        // A terminated child shows that it is at it.
        let latch = Latch::closed();
        occupy(&d, &latch).await;
        let terminating = tokio::spawn({
            let tree = tree.clone();
            async move { tree.terminate_child("d").await }
        });
        while statuses(&tree).await[3].1 != Stopping {
            tokio::task::yield_now().await;
        }
        latch.open();
        terminating.await.unwrap().unwrap();
        assert_eq!(statuses(&tree).await[3].1, Stopped);
    });
}

/// OTP supervisor_SUITE: which_children_simple_one_for_one
#[test]
fn dynamic_children_are_listed_in_the_order_in_which_they_were_added() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        for name in ["z", "y", "a", "m"] {
            dynamic.start_child(child(name, &diary)).await.unwrap();
        }
        dynamic.terminate_child("y").await.unwrap();
        dynamic.start_child(child("b", &diary)).await.unwrap();
        assert_eq!(names(&dynamic).await, ["z", "a", "m", "b"]);
    });
}

/// OTP supervisor_SUITE: count_children
#[test]
fn counting_agrees_with_listing_however_many_there_are() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let mut workers = Vec::new();
        for n in 0..100 {
            let diary = diary.clone();
            let child = Child::new(n.to_string(), move || Worker::new("w", &diary));
            workers.push(dynamic.start_child(child).await.unwrap());
        }
        assert_eq!(names(&dynamic).await.len(), 100);
        assert_eq!(counts(&dynamic).await, [100, 100, 0, 100]);
        for worker in &workers {
            worker.kill();
        }
        for worker in &workers {
            worker.stopped().await;
        }
        assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
    });
}

/// OTP supervisor_SUITE: count_children_supervisor
#[test]
fn supervisors_and_workers_are_counted_apart_and_only_at_their_own_level() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let nested = Supervisor::one_for_one().child(child("a", &diary)).child(child("b", &diary));
        let tree = Supervisor::one_for_one()
            .child(child("w", &diary))
            .supervisor("one", nested)
            .supervisor("two", DynamicSupervisor::new());
        let tree = tree.start(&system).await.unwrap();
        assert_eq!(counts(&tree).await, [3, 3, 2, 1]);
        assert_eq!(counts(&tree.supervisor("one").unwrap()).await, [2, 2, 0, 2]);
        assert_eq!(counts(&tree.dynamic("two").unwrap()).await, [0, 0, 0, 0]);
        tree.terminate_child("one").await.unwrap();
        assert_eq!(counts(&tree).await, [3, 2, 2, 1]);
    });
}

/// OTP supervisor_SUITE: count_restarting_children
#[test]
fn a_child_that_is_coming_back_is_counted_as_there_and_not_as_active() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let dynamic = DynamicSupervisor::new().intensity(20, secs(10)).start(&system).await.unwrap();
        let mut workers = Vec::new();
        for name in ["a", "b", "c"] {
            let child = latched(name, &diary, &latch).restart(Restart::Permanent);
            workers.push(dynamic.start_child(child).await.unwrap());
        }
        assert_eq!(counts(&dynamic).await, [3, 3, 0, 3]);
        workers[0].crash().await.unwrap_err();
        workers[1].crash().await.unwrap_err();
        latch.crowd(2).await;
        let status = [("a", Restarting), ("b", Restarting), ("c", Running)];
        assert_eq!(statuses(&dynamic).await, status.map(|(name, status)| (name.to_owned(), status)));
        assert_eq!(counts(&dynamic).await, [3, 1, 0, 3]);
        latch.open();
        for worker in &workers {
            worker.seen().await.unwrap();
        }
        while counts(&dynamic).await != [3, 3, 0, 3] {
            tokio::task::yield_now().await;
        }
        dynamic.terminate_child("c").await.unwrap();
        assert_eq!(counts(&dynamic).await, [2, 2, 0, 2]);
    });
}

/// OTP supervisor_SUITE: do_not_save_child_specs_for_temporary_children
#[test]
fn a_name_can_be_given_anew_once_its_temporary_child_has_ended_and_of_no_other_child() {
    both_ways(async |system: TestSystem| {
        let strategies = [Supervisor::one_for_one, Supervisor::one_for_all, Supervisor::rest_for_one];
        for strategy in strategies {
            let diary = Diary::default();
            let tree = strategy().intensity(100, secs(60)).name("tree").start(&system).await.unwrap();
            for end in [Some(End::Kill), Some(End::Stop), Some(End::Crash), None] {
                let mut chronicle = Chronicle::of(&system);
                for restart in [Restart::Temporary, Restart::Transient, Restart::Permanent] {
                    let again = || child("w", &diary).restart(restart);
                    let worker = tree.start_child(again()).await.unwrap();
                    chronicle.started("/tree/w").await;
                    match end {
                        Some(end) => end.of(&worker).await,
                        None => tree.terminate_child("w").await.unwrap(),
                    }
                    let orderly = matches!(end, None | Some(End::Stop));
                    match restart {
                        Restart::Temporary => {
                            worker.stopped().await;
                            tree.start_child(again()).await.unwrap();
                            chronicle.started("/tree/w").await;
                            tree.terminate_child("w").await.unwrap();
                            continue;
                        }
                        // By order it stays down, whatever its restart type.
                        Restart::Permanent if end.is_some() => drop(chronicle.started("/tree/w").await),
                        Restart::Transient if !orderly => drop(chronicle.started("/tree/w").await),
                        _ => drop(worker.stopped().await),
                    }
                    let error = tree.start_child(again()).await.unwrap_err();
                    assert!(
                        matches!(error, AdminError::DuplicateName { .. }),
                        "{restart:?} {end:?}: {error}"
                    );
                    tree.terminate_child("w").await.unwrap();
                    tree.restart_child("w").await.unwrap();
                    chronicle.started("/tree/w").await;
                    tree.terminate_child("w").await.unwrap();
                    tree.delete_child("w").await.unwrap();
                }
            }
            tree.stop();
            tree.stopped().await;
        }
    });
}

/// OTP supervisor_SUITE: simple_global_supervisor
#[test]
fn a_global_name_leads_to_whoever_has_it_now_whatever_has_ended_in_between() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let nested = || {
            let server = child("server", &Diary::default()).registered("server");
            Supervisor::one_for_all().intensity(3, secs(60)).child(server)
        };
        let top = Supervisor::one_for_all().intensity(3, secs(60)).name("top").supervisor("middle", nested());
        let top = top.start(&system).await.unwrap();
        let server = || system.lookup::<Worker>("server").unwrap();
        assert_eq!(chronicle.started("/top/middle/server").await, 1);

        // The supervisor ends and comes back: another server under the name.
        let first = server();
        top.supervisor("middle").unwrap().stop();
        assert_eq!(chronicle.started("/top/middle/server").await, 1);
        let second = server();
        assert_ne!(first, second);
        assert_eq!(kind(&first.stopped().await), "shutdown");

        // The worker is killed, or stops: the same one, anew.
        for (end, epoch) in [(End::Kill, 2), (End::Quit, 3)] {
            end.of(&second).await;
            assert_eq!(chronicle.started("/top/middle/server").await, epoch);
            assert_eq!(server(), second);
        }

        // Terminated and started again by hand: another one.
        let middle = top.supervisor("middle").unwrap();
        middle.terminate_child("server").await.unwrap();
        assert!(system.lookup::<Worker>("server").is_err());
        middle.restart_child("server").await.unwrap();
        let third = server();
        assert_ne!(second, third);

        top.stop();
        top.stopped().await;
        assert!(system.lookup::<Worker>("server").is_err());
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop
#[test]
fn a_child_that_hangs_in_its_restart_says_so_and_is_terminated_at_once() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let tree = Supervisor::one_for_one()
            .intensity(8, secs(10))
            .child(latched("w", &diary, &latch).shutdown(Shutdown::Kill));
        let tree = tree.start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        worker.crash().await.unwrap_err();
        latch.crowd(1).await;

        let error = tree.start_child(child("w", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::DuplicateName { .. }), "{error}");
        assert!(matches!(tree.restart_child("w").await, Err(AdminError::Restarting { .. })));
        assert!(matches!(tree.delete_child("w").await, Err(AdminError::Restarting { .. })));
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Restarting)]);
        assert_eq!(counts(&tree).await[0], 1);

        tree.terminate_child("w").await.unwrap();
        worker.stopped().await;
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Stopped)]);
        // Its next start hangs, too; the one who wants it waits, and the supervisor does not.
        let reviving = tokio::spawn({
            let tree = tree.clone();
            async move { tree.restart_child("w").await }
        });
        latch.crowd(1).await;
        assert_eq!(names(&tree).await, ["w"]);
        latch.open();
        reviving.await.unwrap().unwrap();
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Running)]);
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop (here in its first start)
#[test]
fn a_child_that_hangs_in_its_first_start_is_terminated_at_once_and_whoever_started_it_hears() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let tree = Supervisor::one_for_one().start(&system).await.unwrap();
        let hanging = || latched_from(1, "w", &diary, &latch).shutdown(Shutdown::Kill);
        for restart in [Restart::Temporary, Restart::Permanent] {
            let adding = tokio::spawn({
                let (tree, child) = (tree.clone(), hanging().restart(restart));
                async move { tree.start_child(child).await }
            });
            latch.crowd(1).await;
            assert_eq!(statuses(&tree).await, [("w".to_owned(), Starting)]);
            let error = tree.start_child(child("w", &diary)).await.unwrap_err();
            assert!(matches!(error, AdminError::DuplicateName { .. }), "{error}");
            tree.terminate_child("w").await.unwrap();
            let error = adding.await.unwrap().unwrap_err();
            assert!(
                matches!(&error, AdminError::NotStarted { name, .. } if name == "w"),
                "{restart:?}: {error}"
            );
        }
        assert!(diary.lines().is_empty());
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop (here in a start by hand)
#[test]
fn a_child_that_hangs_as_it_is_started_again_is_terminated_at_once_and_whoever_started_it_hears() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let child = latched("w", &diary, &latch).shutdown(Shutdown::Kill);
        let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
        tree.terminate_child("w").await.unwrap();
        let reviving = tokio::spawn({
            let tree = tree.clone();
            async move { tree.restart_child("w").await }
        });
        latch.crowd(1).await;
        tree.terminate_child("w").await.unwrap();
        let error = reviving.await.unwrap().unwrap_err();
        assert!(matches!(&error, AdminError::NotStarted { name, .. } if name == "w"), "{error}");
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Stopped)]);
        tree.delete_child("w").await.unwrap();
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop (the supervisor itself is stopped)
#[test]
fn a_supervisor_stops_at_once_although_a_child_hangs_in_its_restart() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary))
            .child(latched("w", &diary, &latch).shutdown(Shutdown::Kill))
            .child(child("b", &diary));
        let tree = tree.start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        worker.crash().await.unwrap_err();
        latch.crowd(1).await;
        tree.stop();
        assert_eq!(kind(&tree.stopped().await), "normal");
        worker.stopped().await;
        assert_eq!(diary.who("stops: shutdown"), ["b", "a"]);
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop_rest_for_one
#[test]
fn rest_for_one_while_one_hangs_in_its_restart_those_before_it_run_and_those_after_it_wait() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let tree = Supervisor::rest_for_one()
            .intensity(8, secs(10))
            .child(child("a", &diary))
            .child(latched("b", &diary, &latch).shutdown(Shutdown::Kill))
            .child(child("c", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c] = children(&tree, ["a", "b", "c"]);
        b.crash().await.unwrap_err();
        latch.crowd(1).await;
        let status = [("a", Running), ("b", Restarting), ("c", Restarting)];
        assert_eq!(statuses(&tree).await, status.map(|(name, status)| (name.to_owned(), status)));
        assert!(matches!(tree.restart_child("b").await, Err(AdminError::Restarting { .. })));
        assert!(matches!(tree.delete_child("b").await, Err(AdminError::Restarting { .. })));
        assert!(matches!(tree.restart_child("c").await, Err(AdminError::Restarting { .. })));
        // Mail for the one that waits is accepted meanwhile.
        c.note(7).tell().await.unwrap();
        tree.terminate_child("b").await.unwrap();
        // With the one out of the way the group goes on.
        assert_eq!(lives_again(&c, 2).await, [7]);
        assert_eq!((a.epoch(), c.epoch()), (1, 2));
        assert_eq!(statuses(&tree).await[1], ("b".to_owned(), Stopped));
        latch.open();
        tree.restart_child("b").await.unwrap();
        assert_ne!(tree.child::<Worker>("b").unwrap(), b);
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop_simple
#[test]
fn a_dynamic_child_that_hangs_in_its_restart_is_terminated_at_once_and_forgotten() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let dynamic = DynamicSupervisor::new().intensity(8, secs(10)).start(&system).await.unwrap();
        let hanging = || latched("w", &diary, &latch).restart(Restart::Permanent).shutdown(Shutdown::Kill);
        let worker = dynamic.start_child(hanging()).await.unwrap();
        worker.crash().await.unwrap_err();
        latch.crowd(1).await;
        assert_eq!(statuses(&dynamic).await, [("w".to_owned(), Restarting)]);
        dynamic.terminate_child("w").await.unwrap();
        worker.stopped().await;
        assert_eq!(names(&dynamic).await, [""; 0]);
        // Once more, and now it is the supervisor that is stopped.
        let worker = dynamic.start_child(hanging()).await.unwrap();
        worker.crash().await.unwrap_err();
        latch.crowd(1).await;
        dynamic.stop();
        dynamic.stopped().await;
        worker.stopped().await;
    });
}

/// OTP supervisor_SUITE: hanging_restart_loop (here: in its backoff)
#[actor_core::test(paused)]
async fn a_child_that_backs_off_says_so_and_is_terminated_at_once(system: TestSystem) {
    let diary = Diary::default();
    let backoff = Backoff::exponential(secs(100), secs(100));
    let tree = Supervisor::one_for_one().child(child("w", &diary).backoff(backoff));
    let tree = tree.start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    let begun = Instant::now();
    assert_eq!(statuses(&tree).await, [("w".to_owned(), Restarting)]);
    assert!(matches!(tree.restart_child("w").await, Err(AdminError::Restarting { .. })));
    assert!(matches!(tree.delete_child("w").await, Err(AdminError::Restarting { .. })));
    assert_eq!(counts(&tree).await[0], 1);
    tree.terminate_child("w").await.unwrap();
    worker.stopped().await;
    assert_eq!(statuses(&tree).await, [("w".to_owned(), Stopped)]);
    tree.restart_child("w").await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    tree.stop();
    tree.stopped().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    system.advance(secs(1_000)).await;
    assert_eq!(diary.who("started").len(), 2, "nothing comes back after the end");
}

/// OTP supervisor_SUITE: code_change, code_change_map (here by a call)
#[test]
fn the_limit_of_restarts_can_be_changed_while_the_supervisor_runs_and_a_faulty_one_is_refused() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().intensity(1, secs(3_600)).child(child("w", &diary));
        let tree = tree.start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        worker.crash().await.unwrap_err();
        worker.seen().await.unwrap();
        tree.reconfigure(Reconfigure::new().intensity(3, secs(3_600))).await.unwrap();
        for _ in 0..2 {
            worker.crash().await.unwrap_err();
            worker.seen().await.unwrap();
        }
        let error = tree.reconfigure(Reconfigure::new().intensity(9, Duration::ZERO)).await.unwrap_err();
        assert!(matches!(error, AdminError::Spec(SpecError::ZeroWindow)), "{error}");
        let change = Reconfigure::new().intensity(9, secs(3_600)).restart("hej", Restart::Transient);
        assert!(matches!(tree.reconfigure(change).await, Err(AdminError::Unknown { .. })));
        // Neither has changed anything: the fourth is one too many, those before the change included.
        worker.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&worker.stopped().await), "panicked");
    });
}

/// OTP supervisor_SUITE: code_change (a child's specification)
#[test]
fn the_restart_type_of_a_child_can_be_changed_while_it_runs() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary))
            .child(child("b", &diary).restart(Restart::Temporary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b] = children(&tree, ["a", "b"]);
        let change = Reconfigure::new().restart("a", Restart::Temporary).restart("b", Restart::Permanent);
        tree.reconfigure(change).await.unwrap();
        let restarts: Vec<_> = tree.children().await.unwrap().iter().map(|child| child.restart).collect();
        assert_eq!(restarts, [Restart::Temporary, Restart::Permanent]);
        assert_eq!((a.epoch(), b.epoch()), (1, 1), "nobody was disturbed");
        a.crash().await.unwrap_err();
        a.stopped().await;
        b.crash().await.unwrap_err();
        assert_eq!(b.note(1).await.unwrap(), 1);
        assert_eq!(names(&tree).await, ["b"]);
    });
}

/// OTP supervisor_SUITE: order_of_children (those that were added)
#[test]
fn a_child_that_was_added_is_the_last_to_start_and_the_first_to_stop() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_all().intensity(3, secs(60)).child(child("a", &diary));
        let tree = tree.child(child("b", &diary)).start(&system).await.unwrap();
        tree.start_child(child("c", &diary)).await.unwrap();
        tree.start_child(child("d", &diary)).await.unwrap();
        assert_eq!(names(&tree).await, ["a", "b", "c", "d"]);
        diary.take();
        let [a, d] = children(&tree, ["a", "d"]);
        a.crash().await.unwrap_err();
        lives_again(&d, 2).await;
        assert_eq!(diary.who("stops: shutdown"), ["d", "c", "b"]);
        assert_eq!(diary.who("started"), ["a", "b", "c", "d"]);
        // One that was terminated and started again keeps its place.
        tree.terminate_child("b").await.unwrap();
        tree.restart_child("b").await.unwrap();
        assert_eq!(names(&tree).await, ["a", "b", "c", "d"]);
        diary.take();
        tree.stop();
        tree.stopped().await;
        assert_eq!(diary.who("stops: shutdown"), ["d", "c", "b", "a"]);
    });
}

/// OTP supervisor_SUITE: tree
#[test]
fn a_tree_is_administered_at_each_level_and_comes_back_without_what_was_added() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let diary = Diary::default();
        let one = Supervisor::one_for_one()
            .intensity(4, secs(3_600))
            .child(child("a", &diary))
            .child(child("b", &diary));
        let top = Supervisor::one_for_all()
            .intensity(4, secs(3_600))
            .name("top")
            .supervisor("one", one)
            .supervisor("two", Supervisor::one_for_one().intensity(4, secs(3_600)))
            .supervisor("three", Supervisor::one_for_one());
        let top = top.start(&system).await.unwrap();
        let [one, two] = ["one", "two"].map(|name| top.supervisor(name).unwrap());
        top.terminate_child("three").await.unwrap();
        assert_eq!(counts(&top).await, [3, 2, 3, 0]);
        assert_eq!(counts(&one).await, [2, 2, 0, 2]);

        // Only the one that fails is restarted.
        two.start_child(flaky("c", &diary, |start| start > 1)).await.unwrap();
        let d = two.start_child(child("d", &diary)).await.unwrap();
        let [a, b] = children(&one, ["a", "b"]);
        d.crash().await.unwrap_err();
        lives_again(&d, 2).await;
        assert_eq!((a.epoch(), b.epoch()), (1, 1));
        assert_eq!(counts(&two).await, [2, 2, 0, 2]);
        chronicle.started("/top/two/d").await;

        // One that does not come up again ends its supervisor, and with it all of them, which are then started anew:
        // also the one that had been terminated, and not what was added.
        let c: ActorRef<Worker> = two.child("c").unwrap();
        c.crash().await.unwrap_err();
        assert_eq!(kind(&c.stopped().await), "start failed");
        assert_eq!(kind(&d.stopped().await), "shutdown");
        assert_eq!(kind(&a.stopped().await), "shutdown");
        chronicle.started("/top/one/b").await;
        while statuses(&top).await.iter().any(|(_, status)| *status != Running) {
            tokio::task::yield_now().await;
        }
        assert_eq!(counts(&top).await, [3, 3, 3, 0]);
        assert_eq!(names(&top).await, ["one", "two", "three"]);
        let [one, two, three] = ["one", "two", "three"].map(|name| top.supervisor(name).unwrap());
        assert_eq!(names(&one).await, ["a", "b"]);
        assert_ne!(one.child::<Worker>("a").unwrap(), a);
        assert_eq!(counts(&two).await, [0, 0, 0, 0]);
        assert_eq!(counts(&three).await, [0, 0, 0, 0]);
    });
}

/// OTP supervisor_SUITE: child_unlink (of a fixed set)
#[actor_core::test(paused)]
async fn while_a_child_takes_its_time_to_end_its_supervisor_answers(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("naughty", &diary)).child(child("good", &diary));
    let tree = tree.start(&system).await.unwrap();
    let [naughty, good] = children(&tree, ["naughty", "good"]);
    naughty.work(secs(3_600)).tell().await.unwrap();
    let terminating = tokio::spawn({
        let tree = tree.clone();
        async move { tree.terminate_child("naughty").await }
    });
    system.settle().await;
    let begun = Instant::now();
    assert_eq!(statuses(&tree).await[0], ("naughty".to_owned(), Stopping));
    good.crash().await.unwrap_err();
    assert_eq!(good.note(1).await.unwrap(), 1);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    system.advance(ms(4_999)).await;
    assert!(!terminating.is_finished());
    system.advance(ms(1)).await;
    terminating.await.unwrap().unwrap();
    assert_eq!(kind(&naughty.stopped().await), "killed");
}
