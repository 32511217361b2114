//! Contract, section 6: backoff, significant children, and live administration.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{
    AdminError, AutoShutdown, ChildKind, ChildStatus, Mail, Phase, Reconfigure, SpecError, Status,
};

use crate::kit::{Diary, Worker, WorkerNote, gate, kind};

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn child(name: &'static str, diary: &Diary) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(name, move || Worker::new(name, &diary))
}

#[actor_core::test(paused)]
async fn a_backoff_doubles_up_to_its_cap_and_starts_over_after_a_healthy_time(system: TestSystem) {
    let backoff = Backoff::exponential(secs(1), secs(4)).reset_after(secs(60));
    let tree = Supervisor::one_for_one()
        .intensity(100, secs(5))
        .child(child("w", &Diary::default()).backoff(backoff))
        .start(&system)
        .await
        .unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    for wait in [1, 2, 4, 4] {
        let epoch = worker.epoch();
        worker.crash().await.unwrap_err();
        system.advance(Duration::from_millis(wait * 1_000 - 1)).await;
        assert!(matches!(worker.status(), Status::Restarting));
        system.advance(Duration::from_millis(1)).await;
        assert!(matches!(worker.status(), Status::Running));
        assert_eq!(worker.epoch(), epoch + 1);
    }
    system.advance(secs(60)).await;
    worker.crash().await.unwrap_err();
    system.advance(secs(1)).await;
    assert!(matches!(worker.status(), Status::Running));
}

#[actor_core::test(paused)]
async fn in_a_backoff_mail_is_accepted_and_an_ask_may_time_out_queued(system: TestSystem) {
    let tree = Supervisor::one_for_one()
        .child(child("w", &Diary::default()).backoff(Backoff::constant(secs(2))))
        .start(&system)
        .await
        .unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    worker.note(1).tell().await.unwrap();
    let error = worker.note(2).timeout(secs(1)).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Queued, .. }));
    system.advance(secs(1)).await;
    assert_eq!(worker.seen().await.unwrap(), [1]);
}

#[actor_core::test(paused)]
async fn terminate_and_shutdown_work_at_once_during_a_backoff(system: TestSystem) {
    let patient = |name, diary: &Diary| child(name, diary).backoff(Backoff::constant(secs(100)));
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(patient("a", &diary)).child(patient("b", &diary));
    let tree = tree.start(&system).await.unwrap();
    let (a, b): (ActorRef<Worker>, ActorRef<Worker>) = (tree.child("a").unwrap(), tree.child("b").unwrap());
    a.crash().await.unwrap_err();
    b.crash().await.unwrap_err();
    system.settle().await;
    a.note(1).tell().await.unwrap();
    let begun = tokio::time::Instant::now();
    tree.terminate_child("a").await.unwrap();
    assert_eq!(kind(&a.stopped().await), "panicked", "it had ended by itself");
    assert_eq!(system.dead_letters().last().unwrap().take::<WorkerNote>().unwrap().n, 1);
    system.shutdown().await;
    assert_eq!(kind(&b.stopped().await), "panicked");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[actor_core::test(paused)]
async fn mail_can_be_discarded_by_a_restart(system: TestSystem) {
    let tree = Supervisor::one_for_one()
        .child(child("w", &Diary::default()).mail(Mail::Discard))
        .start(&system)
        .await
        .unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.crash().tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(worker.epoch(), 2);
    assert_eq!(system.dead_letters().len(), 2, "the message that crashed, and the one behind it");
}

#[actor_core::test(paused)]
async fn the_end_of_a_significant_child_ends_its_supervisor(system: TestSystem) {
    for (rule, first_ends_it) in [(AutoShutdown::Any, true), (AutoShutdown::All, false)] {
        let diary = Diary::default();
        let significant = |name| child(name, &diary).restart(Restart::Transient).significant();
        let tree = Supervisor::one_for_one()
            .auto_shutdown(rule)
            .child(child("other", &diary))
            .child(significant("one"))
            .child(significant("two"))
            .start(&system)
            .await
            .unwrap();
        let worker = |name| tree.child::<Worker>(name).unwrap();
        let (other, one, two) = (worker("other"), worker("one"), worker("two"));
        one.crash().await.unwrap_err();
        system.settle().await;
        assert!(matches!(one.status(), Status::Running), "a crash is not its end");
        one.stop();
        system.settle().await;
        assert_eq!(matches!(other.status(), Status::Stopped(_)), first_ends_it, "{rule:?}");
        two.stop();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
    }
    assert!(!system.happened().iter().any(|event| matches!(event, Event::GaveUp { .. })));
}

#[actor_core::test(paused)]
async fn an_end_that_was_ordered_is_not_significant(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .auto_shutdown(AutoShutdown::Any)
        .child(child("w", &diary).restart(Restart::Transient).significant())
        .child(child("other", &diary))
        .start(&system)
        .await
        .unwrap();
    tree.terminate_child("w").await.unwrap();
    system.settle().await;
    assert_eq!(tree.count().await.unwrap().active, 1);
}

#[actor_core::test(paused)]
async fn a_terminated_child_keeps_its_specification_until_it_is_deleted(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
    let old: ActorRef<Worker> = tree.child("w").unwrap();
    assert!(matches!(tree.restart_child("w").await, Err(AdminError::Running { .. })));
    assert!(matches!(tree.delete_child("w").await, Err(AdminError::Running { .. })));

    tree.terminate_child("w").await.unwrap();
    assert_eq!(tree.children().await.unwrap()[0].status, ChildStatus::Stopped);
    tree.restart_child("w").await.unwrap();
    let new: ActorRef<Worker> = tree.child("w").unwrap();
    assert_ne!(new.id(), old.id(), "a new logical actor");
    assert_eq!(new.note(1).await.unwrap(), 1);
    assert!(matches!(old.note(1).await, Err(AskError::Undelivered(..))));

    tree.terminate_child("w").await.unwrap();
    tree.delete_child("w").await.unwrap();
    assert!(matches!(tree.restart_child("w").await, Err(AdminError::Unknown { .. })));
    tree.start_child(child("w", &diary)).await.unwrap();
}

#[actor_core::test(paused)]
async fn a_child_that_is_added_is_the_last_in_the_order(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::rest_for_one().child(child("a", &diary)).start(&system).await.unwrap();
    let b = tree.start_child(child("b", &diary)).await.unwrap();
    tree.child::<Worker>("a").unwrap().crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(b.epoch(), 2);
    let failed = tree.start_child(Child::new("c", || Err::<Worker, _>("no luck"))).await.unwrap_err();
    assert_eq!(failed.to_string(), "child `c` did not start: no luck");
    assert_eq!(tree.count().await.unwrap().specs, 2);
}

#[actor_core::test(paused)]
async fn listing_says_what_each_child_is_and_does(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .child(child("runs", &diary))
        .child(child("waits", &diary).backoff(Backoff::constant(secs(100))))
        .child(child("ended", &diary).restart(Restart::Transient))
        .supervisor("below", DynamicSupervisor::new())
        .start(&system)
        .await
        .unwrap();
    tree.child::<Worker>("waits").unwrap().crash().await.unwrap_err();
    tree.child::<Worker>("ended").unwrap().stop();
    system.settle().await;
    let children = tree.children().await.unwrap();
    let seen: Vec<_> = children.iter().map(|child| (&*child.name, child.status, child.kind)).collect();
    assert_eq!(
        seen,
        [
            ("runs", ChildStatus::Running, ChildKind::Worker),
            ("waits", ChildStatus::Restarting, ChildKind::Worker),
            ("ended", ChildStatus::Stopped, ChildKind::Worker),
            ("below", ChildStatus::Running, ChildKind::Supervisor),
        ]
    );
    let count = tree.count().await.unwrap();
    assert_eq!((count.specs, count.active, count.workers, count.supervisors), (4, 2, 3, 1));
}

#[actor_core::test(workers = 2)]
async fn get_or_start_gives_all_callers_the_same_child(system: TestSystem) {
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let made = Arc::new(AtomicU32::new(0));
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (dynamic, made) = (dynamic.clone(), made.clone());
            tokio::spawn(async move {
                let make = move || {
                    let made = made.clone();
                    Child::new("any name", move || {
                        made.fetch_add(1, Ordering::Relaxed);
                        Worker::default()
                    })
                };
                dynamic.get_or_start("order-42", make).await.unwrap().id()
            })
        })
        .collect();
    let mut ids = Vec::new();
    for caller in callers {
        ids.push(caller.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[actor_core::test(paused)]
async fn a_dynamic_supervisor_has_as_many_children_as_it_may(system: TestSystem) {
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().max_children(1).start(&system).await.unwrap();
    let one = dynamic.start_child(child("one", &diary)).await.unwrap();
    let full = dynamic.start_child(child("two", &diary)).await.unwrap_err();
    assert_eq!(full.to_string(), "the supervisor has its most children, 1, already");
    one.stop();
    one.stopped().await;
    system.settle().await;
    dynamic.start_child(child("two", &diary)).await.unwrap();
}

#[actor_core::test(paused)]
async fn a_running_supervisor_can_be_reconfigured(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .intensity(1, secs(5))
        .child(child("w", &diary))
        .start(&system)
        .await
        .unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    tree.reconfigure(Reconfigure::new().intensity(10, secs(5))).await.unwrap();
    for _ in 0..5 {
        worker.crash().await.unwrap_err();
    }
    assert_eq!(worker.seen().await.unwrap(), []);
    tree.reconfigure(Reconfigure::new().restart("w", Restart::Transient)).await.unwrap();
    worker.stop();
    worker.stopped().await;

    let zero = tree.reconfigure(Reconfigure::new().intensity(1, Duration::ZERO)).await.unwrap_err();
    assert!(matches!(zero, AdminError::Spec(SpecError::ZeroWindow)));
    let unknown = tree.reconfigure(Reconfigure::new().restart("x", Restart::Transient)).await.unwrap_err();
    assert!(matches!(unknown, AdminError::Unknown { .. }));
}

#[actor_core::test(paused)]
async fn a_significant_child_that_cannot_work_is_refused(system: TestSystem) {
    let diary = Diary::default();
    let permanent =
        Supervisor::one_for_one().auto_shutdown(AutoShutdown::Any).child(child("w", &diary).significant());
    let ignored =
        Supervisor::one_for_one().child(child("w", &diary).restart(Restart::Transient).significant());
    assert_eq!(
        permanent.start(&system).await.unwrap_err().to_string(),
        "child `w` is significant and `Permanent`, which never ends for good: make it `Transient` or `Temporary`"
    );
    assert_eq!(
        ignored.start(&system).await.unwrap_err().to_string(),
        "child `w` is significant, but its supervisor has `AutoShutdown::Never`: choose `Any` or `All`"
    );
}

#[actor_core::test(paused)]
async fn partitions_change_nothing_for_those_who_use_them(system: TestSystem) {
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().name("many").partitions(4).start(&system).await.unwrap();
    for n in 0..40 {
        let diary = diary.clone();
        let one = Child::new(format!("w-{n}"), move || Worker::new("w", &diary)).restart(Restart::Permanent);
        dynamic.start_child(one).await.unwrap();
    }
    assert_eq!(dynamic.count().await.unwrap().active, 40);
    let one: ActorRef<Worker> = dynamic.child("w-7").unwrap();
    one.crash().await.unwrap_err();
    assert_eq!(one.note(1).await.unwrap(), 1);
    let taken = dynamic.start_child(Child::new("w-7", Worker::default)).await.unwrap_err();
    assert!(matches!(taken, AdminError::DuplicateName { .. }));
    let same = dynamic.get_or_start("w-7", || Child::new("w-7", Worker::default)).await.unwrap();
    assert_eq!(same, one);
    dynamic.terminate_child("w-7").await.unwrap();
    assert!(dynamic.child::<Worker>("w-7").is_err());
    let parts: Vec<_> = system.tree().roots[0].children.iter().map(|part| part.children.len()).collect();
    assert_eq!((parts.len(), parts.iter().sum::<usize>()), (4, 39));
    assert!(parts.iter().all(|children| *children > 0), "{parts:?}");
}

#[actor_core::test(paused)]
async fn a_partition_that_gives_up_is_one_failure_of_the_whole(system: TestSystem) {
    let dynamic = DynamicSupervisor::new()
        .partitions(2)
        .intensity(0, Duration::from_secs(5))
        .start(&system)
        .await
        .unwrap();
    let child = Child::new("w", Worker::default).restart(Restart::Permanent);
    let one: ActorRef<Worker> = dynamic.start_child(child).await.unwrap();
    one.crash().await.unwrap_err();
    // None is borne, by the partition nor by the whole, which is at the top.
    let report = system.terminated().await;
    assert!(report.to_string().contains("more than 0 restarts"), "{report}");
}
