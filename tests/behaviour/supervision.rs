//! Contract, section 6, as far as it is built: one for one, restart types, intensity, nesting, dynamic children.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, ChildStatus, SpecError, Status, SupervisorError};

use crate::kit::{Diary, Worker, gate, kind};

fn child(name: &'static str, diary: &Diary) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(name, move || Worker::new(name, &diary))
}

fn names(children: Vec<actor_core::ChildInfo>) -> Vec<String> {
    children.iter().map(|child| child.name.to_string()).collect()
}

/// Fails to start from its `from`th incarnation on, for as long as `times`.
fn flaky(
    name: &'static str,
    diary: &Diary,
    fails: impl Fn(u32) -> bool + Send + Sync + 'static,
) -> Child<Worker> {
    let (diary, starts) = (diary.clone(), Arc::new(AtomicU32::new(0)));
    Child::new(name, move || {
        let start = starts.fetch_add(1, Ordering::Relaxed) + 1;
        if fails(start) { Err("no luck") } else { Ok(Worker::new(name, &diary)) }
    })
}

#[actor_core::test(paused)]
async fn one_for_one_restarts_the_child_that_failed_and_nobody_else(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("a", &diary)).child(child("b", &diary));
    let tree = tree.start(&system).await.unwrap();
    let (a, b): (ActorRef<Worker>, ActorRef<Worker>) = (tree.child("a").unwrap(), tree.child("b").unwrap());
    b.note(1).await.unwrap();
    a.crash().await.unwrap_err();
    assert_eq!(a.seen().await.unwrap(), []);
    assert_eq!(b.seen().await.unwrap(), [1]);
    assert_eq!((a.epoch(), b.epoch()), (2, 1));
}

#[actor_core::test(paused)]
async fn each_restart_type_restarts_after_the_ends_it_is_for(system: TestSystem) {
    // Which ends lead to a restart: normal, killed, failed, panicked.
    let expected = [
        (Restart::Permanent, [true, true, true, true]),
        (Restart::Transient, [false, true, true, true]),
        (Restart::Temporary, [false, false, false, false]),
    ];
    for (restart, ends) in expected {
        for (end, restarts) in ends.into_iter().enumerate() {
            let diary = Diary::default();
            let tree = Supervisor::one_for_one()
                .child(child("w", &diary).restart(restart))
                .start(&system)
                .await
                .unwrap();
            let worker: ActorRef<Worker> = tree.child("w").unwrap();
            match end {
                0 => worker.stop(),
                1 => worker.kill(),
                2 => worker.fail().await.unwrap(),
                _ => drop(worker.crash().await),
            }
            system.settle().await;
            assert_eq!(matches!(worker.status(), Status::Running), restarts, "{restart:?}, end {end}");
            assert_eq!(worker.epoch(), if restarts { 2 } else { 1 });
            assert_eq!(tree.count().await.unwrap().active, usize::from(restarts));
        }
    }
}

#[actor_core::test(paused)]
async fn a_stop_by_the_actor_itself_leaves_a_transient_child_down(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("w", &diary).restart(Restart::Transient));
    let tree = tree.start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.quit().await.unwrap();
    assert_eq!(kind(&worker.stopped().await), "normal");
}

#[actor_core::test(paused)]
async fn more_restarts_than_the_intensity_allows_end_the_supervisor_and_at_the_top_the_system(
    system: TestSystem,
) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .name("tree")
        .intensity(2, Duration::from_secs(5))
        .child(child("a", &diary))
        .child(child("b", &diary));
    let tree = tree.start(&system).await.unwrap();
    let a: ActorRef<Worker> = tree.child("a").unwrap();
    for _ in 0..3 {
        a.crash().await.unwrap_err();
    }
    assert_eq!(kind(&tree.stopped().await), "shutdown");
    let report = system.terminated().await;
    let cause = report.cause.unwrap();
    assert_eq!((&*cause.child, cause.max_restarts), ("a", 2));
    assert!(cause.to_string().starts_with("gave up: more than 2 restarts within 5s"), "{cause}");
    assert_eq!(diary.lines().iter().filter(|line| *line == "b stops: shutdown").count(), 1);
}

#[actor_core::test(paused)]
async fn the_window_includes_its_edge_and_nothing_older(system: TestSystem) {
    for (wait, survives) in [(5_000, false), (5_001, true)] {
        let diary = Diary::default();
        let nested = Supervisor::one_for_one().intensity(1, Duration::from_secs(5)).child(child("w", &diary));
        let tree = Supervisor::one_for_one().supervisor("nested", nested).start(&system).await.unwrap();
        let nested = tree.supervisor("nested").unwrap();
        let worker: ActorRef<Worker> = nested.child("w").unwrap();
        worker.crash().await.unwrap_err();
        system.advance(Duration::from_millis(wait)).await;
        worker.crash().await.unwrap_err();
        system.settle().await;
        assert_eq!(matches!(worker.status(), Status::Running), survives, "after {wait} ms");
    }
}

#[actor_core::test(paused)]
async fn a_supervisor_that_gives_up_is_restarted_by_its_own_with_new_children(system: TestSystem) {
    let diary = Diary::default();
    let nested = Supervisor::one_for_one().intensity(0, Duration::from_secs(5)).child(child("w", &diary));
    let tree = Supervisor::one_for_one().supervisor("nested", nested).start(&system).await.unwrap();
    let nested = tree.supervisor("nested").unwrap();
    let old: ActorRef<Worker> = nested.child("w").unwrap();
    old.crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(kind(&old.stopped().await), "panicked");
    // The handle on the supervisor has stayed valid, and finds the child of today.
    let new: ActorRef<Worker> = nested.child("w").unwrap();
    assert_ne!(new.id(), old.id());
    assert_eq!(new.note(1).await.unwrap(), 1);
}

#[actor_core::test(paused)]
async fn children_start_one_after_another_and_stop_in_reverse(system: TestSystem) {
    let diary = Diary::default();
    let nested = Supervisor::one_for_one().child(child("b1", &diary)).child(child("b2", &diary));
    let tree =
        Supervisor::one_for_one().child(child("a", &diary)).supervisor("b", nested).child(child("c", &diary));
    tree.start(&system).await.unwrap();
    let started = ["a started", "b1 started", "b2 started", "c started"];
    assert_eq!(diary.lines(), started);
    system.shutdown().await;
    let stopped: Vec<_> = diary.lines().into_iter().filter(|line| line.contains("stops")).collect();
    assert_eq!(stopped, ["c", "b2", "b1", "a"].map(|name| format!("{name} stops: shutdown")));
}

#[actor_core::test(paused)]
async fn if_a_child_fails_at_the_start_the_others_are_stopped_and_the_starter_gets_the_cause(
    system: TestSystem,
) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .name("tree")
        .child(child("a", &diary))
        .child(flaky("b", &diary, |_| true))
        .child(child("c", &diary));
    let error = tree.start(&system).await.unwrap_err();
    assert!(matches!(error, SupervisorError::NotStarted { .. }));
    assert_eq!(error.to_string(), "/tree did not start: its child `b` failed: did not start: no luck");
    assert_eq!(diary.lines(), ["a started", "a stops: shutdown", "a dropped"]);
    assert_eq!(system.stats().actors, 0);
}

#[actor_core::test(paused)]
async fn a_restart_that_does_not_come_up_counts_and_is_tried_again(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(flaky("w", &diary, |start| start == 2 || start == 3));
    let tree = tree.start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.crash().await.unwrap_err();
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(worker.epoch(), 4);
    // The three restarts of the window are used up.
    worker.crash().await.unwrap_err();
    assert_eq!(kind(&tree.stopped().await), "shutdown");
}

#[actor_core::test(paused)]
async fn the_supervisor_answers_while_a_child_is_starting(system: TestSystem) {
    struct Late;
    impl Actor for Late {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok(())
        }
    }
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    dynamic.start_child(child("first", &diary)).await.unwrap();
    let starting = dynamic.clone();
    let late = tokio::spawn(async move { starting.start_child(Child::new("late", || Late)).await });
    system.settle().await;
    dynamic.terminate_child("first").await.unwrap();
    dynamic.start_child(child("second", &diary)).await.unwrap();
    assert!(!late.is_finished());
    late.await.unwrap().unwrap();
    assert_eq!(names(dynamic.children().await.unwrap()), ["late", "second"]);
}

#[actor_core::test(paused)]
async fn terminate_and_shutdown_work_while_a_child_is_starting_again(system: TestSystem) {
    let diary = Diary::default();
    let (d, starts) = (diary.clone(), Arc::new(AtomicU32::new(0)));
    let factory = move || {
        let (d, again) = (d.clone(), starts.fetch_add(1, Ordering::Relaxed) > 0);
        async move {
            if again {
                tokio::time::sleep(Duration::from_secs(20)).await;
            }
            Worker::new("w", &d)
        }
    };
    let tree = Supervisor::one_for_one().child(Child::new("w", factory)).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    assert!(matches!(worker.status(), Status::Starting));
    let begun = tokio::time::Instant::now();
    tree.terminate_child("w").await.unwrap();
    assert_eq!(
        begun.elapsed(),
        Duration::from_secs(5),
        "the stop policy bounds a start as it does a handler"
    );
    assert_eq!(kind(&worker.stopped().await), "killed");
}

#[actor_core::test(paused)]
async fn dynamic_children_are_temporary_by_default_and_forgotten_when_they_end(system: TestSystem) {
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let worker = dynamic.start_child(child("w", &diary)).await.unwrap();
    let taken = dynamic.start_child(child("w", &diary)).await.unwrap_err();
    assert!(matches!(taken, AdminError::DuplicateName { .. }));
    worker.crash().await.unwrap_err();
    worker.stopped().await;
    system.settle().await;
    assert!(dynamic.children().await.unwrap().is_empty());
    let kept = dynamic.start_child(child("w", &diary).restart(Restart::Permanent)).await.unwrap();
    kept.crash().await.unwrap_err();
    assert_eq!(kept.note(1).await.unwrap(), 1);
}

#[actor_core::test(paused)]
async fn a_dynamic_child_that_does_not_start_is_reported_and_forgotten(system: TestSystem) {
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let error = dynamic.start_child(flaky("w", &diary, |_| true)).await.unwrap_err();
    assert_eq!(error.to_string(), "child `w` did not start: no luck");
    assert!(dynamic.children().await.unwrap().is_empty());
    let unknown = dynamic.terminate_child("w").await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no child named `w`");
}

#[actor_core::test(paused)]
async fn dynamic_children_stop_all_at_once(system: TestSystem) {
    struct Tail;
    impl Actor for Tail {
        async fn on_stop(&mut self, _reason: &StopReason, _ctx: &mut Context<Self>) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    for n in 0..10 {
        dynamic.start_child(Child::new(format!("tail-{n}"), || Tail)).await.unwrap();
    }
    assert_eq!(system.shutdown().await.took, Duration::from_secs(1));
}

#[actor_core::test(paused)]
async fn one_that_ends_by_itself_during_shutdown_keeps_its_reason_and_is_not_restarted(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    let shutdown = tokio::spawn({
        let system = actor_core::System::clone(&system);
        async move { system.shutdown().await }
    });
    system.settle().await;
    worker.kill();
    assert_eq!(kind(&worker.stopped().await), "killed");
    assert_eq!(worker.epoch(), 1);
    drop(open);
    assert!(shutdown.await.unwrap().is_clean(), "a kill by hand is nobody's overrun");
}

#[actor_core::test(paused)]
async fn from_the_begin_of_a_shutdown_on_nobody_is_started_below_any_supervisor(system: TestSystem) {
    let diary = Diary::default();
    let nested = Supervisor::one_for_one().child(child("w", &diary));
    let tree = Supervisor::one_for_one()
        .supervisor("nested", nested)
        .child(child("last", &diary))
        .start(&system)
        .await
        .unwrap();
    let nested = tree.supervisor("nested").unwrap();
    let worker: ActorRef<Worker> = nested.child("w").unwrap();
    let last: ActorRef<Worker> = tree.child("last").unwrap();
    let (open, waiting) = gate();
    last.hold(waiting).tell().await.unwrap();
    system.settle().await;
    let shutdown = tokio::spawn({
        let system = actor_core::System::clone(&system);
        async move { system.shutdown().await }
    });
    system.settle().await;
    // `last` is being stopped, and it is not the turn of `nested` before that has ended.
    worker.crash().await.unwrap_err();
    assert_eq!(kind(&worker.stopped().await), "panicked");
    let refused = nested.start_child(child("late", &diary)).await;
    assert!(matches!(refused, Err(AdminError::Closed)), "{refused:?}");
    let listed = nested.children().await.unwrap();
    assert_eq!(listed.iter().map(|child| child.status).collect::<Vec<_>>(), [ChildStatus::Stopped]);
    open.send(()).unwrap();
    assert!(shutdown.await.unwrap().is_clean());
    assert_eq!(worker.epoch(), 1);
}

#[actor_core::test(paused)]
async fn a_factory_may_return_an_actor_a_result_or_a_future_of_either(system: TestSystem) {
    let new = Worker::default;
    let tree = Supervisor::one_for_one()
        .child(Child::new("value", new))
        .child(Child::new("result", move || Ok::<_, std::io::Error>(new())))
        .child(Child::new("future", move || async move { new() }))
        .child(Child::new("future of a result", move || async move { Ok::<_, String>(new()) }));
    let tree = tree.start(&system).await.unwrap();
    assert_eq!(names(tree.children().await.unwrap()), ["value", "result", "future", "future of a result"]);
}

#[actor_core::test(paused)]
async fn a_specification_that_cannot_work_is_refused_before_anything_starts(system: TestSystem) {
    let diary = Diary::default();
    let twice = Supervisor::one_for_one().child(child("w", &diary)).child(child("w", &diary));
    let zero = Supervisor::one_for_one().intensity(3, Duration::ZERO).child(child("w", &diary));
    let unlimited = Supervisor::one_for_one().child(child("w", &diary).shutdown(Shutdown::Unlimited));
    let below =
        Supervisor::one_for_one().supervisor("x", DynamicSupervisor::new().intensity(1, Duration::ZERO));
    for (tree, wanted) in [
        (twice, SpecError::DuplicateName { name: "w".into() }.to_string()),
        (zero, SpecError::ZeroWindow.to_string()),
        (unlimited, SpecError::UnlimitedWorker { name: "w".into() }.to_string()),
        (below, SpecError::ZeroWindow.to_string()),
    ] {
        assert_eq!(tree.start(&system).await.unwrap_err().to_string(), wanted);
    }
    assert!(diary.lines().is_empty());
}

#[actor_core::test(paused)]
async fn the_tree_shows_who_is_where(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .name("shop")
        .child(child("db", &diary))
        .supervisor("sessions", DynamicSupervisor::new())
        .child(child("cache", &diary));
    let tree = tree.start(&system).await.unwrap();
    tree.dynamic("sessions").unwrap().start_child(child("one", &diary)).await.unwrap();
    tree.child::<Worker>("db").unwrap().crash().await.unwrap_err();
    system.settle().await;
    let drawn = system.tree().to_string();
    let body: Vec<_> = drawn.lines().skip(1).collect();
    assert_eq!(
        body,
        [
            "└─ shop  Supervisor running",
            "   ├─ db  Worker running, epoch 2",
            "   ├─ sessions  DynamicSupervisor running",
            "   │  └─ one  Worker running",
            "   └─ cache  Worker running",
        ]
    );
}

#[actor_core::test(workers = 2)]
async fn a_storm_of_crashes_loses_no_message_behind_them(system: TestSystem) {
    system.allow_dead_letters();
    struct Sum(Arc<AtomicU32>);
    #[actor]
    impl Sum {
        #[handler]
        fn add(&mut self, n: u32) {
            self.0.fetch_add(n, Ordering::Relaxed);
        }
        #[handler]
        fn crash(&mut self) {
            panic!("on purpose");
        }
    }
    let total = Arc::new(AtomicU32::new(0));
    let shared = total.clone();
    let tree = Supervisor::one_for_one().intensity(1_000, Duration::from_secs(60));
    let tree = tree.child(Child::new("sum", move || Sum(shared.clone()))).start(&system).await.unwrap();
    let sum: ActorRef<Sum> = tree.child("sum").unwrap();
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let sum = sum.clone();
            tokio::spawn(async move {
                for n in 0..200 {
                    sum.add(1).tell().await.unwrap();
                    if n % 20 == 0 {
                        sum.crash().tell().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    sum.add(0).await.unwrap();
    assert_eq!(total.load(Ordering::Relaxed), 800);
    assert_eq!(sum.epoch(), 41);
}
