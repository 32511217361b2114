//! Contract, section 1: who an actor is, who owns it, and when it ends.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{LookupError, SpawnError, Status};

use crate::kit::{Diary, Worker, WorkerCrash, WorkerNote, gate, kind};

async fn supervised(system: &TestSystem, diary: &Diary) -> ActorRef<Worker> {
    let diary = diary.clone();
    let child = Child::new("worker", move || Worker::new("w", &diary)).registered("the worker");
    let tree = Supervisor::one_for_one().name("tree").child(child).start(system).await.unwrap();
    tree.child("worker").unwrap()
}

#[actor_core::test(paused)]
async fn what_was_taken_before_a_crash_reaches_the_restarted_actor(system: TestSystem) {
    let worker = supervised(&system, &Diary::default()).await;
    let weak = worker.downgrade();
    let recipient = worker.recipient::<WorkerNote>();
    let (id, path) = (worker.id(), worker.path().clone());

    worker.crash().await.unwrap_err();

    assert_eq!(worker.ask(WorkerNote { n: 1 }).await.unwrap(), 1);
    recipient.tell(WorkerNote { n: 2 }).await.unwrap();
    weak.upgrade().unwrap().note(3).await.unwrap();
    let found: ActorRef<Worker> = system.lookup("the worker").unwrap();
    assert_eq!(found.seen().await.unwrap(), [1, 2, 3]);
    assert_eq!((worker.id(), worker.path(), worker.epoch()), (id, &path, 2));
    assert_eq!(found, worker);
}

#[actor_core::test(paused)]
async fn messages_queued_behind_a_crash_are_handled_in_order_by_the_next_incarnation(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let worker = supervised(&system, &diary).await;
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.crash().tell().await.unwrap();
    for n in 1..=3 {
        worker.note(n).tell().await.unwrap();
    }
    open.send(()).unwrap();

    assert_eq!(worker.seen().await.unwrap(), [1, 2, 3]);
    assert_eq!(worker.epoch(), 2);
}

#[actor_core::test(paused)]
async fn incarnations_never_overlap(system: TestSystem) {
    let diary = Diary::default();
    let worker = supervised(&system, &diary).await;
    worker.crash().await.unwrap_err();
    worker.seen().await.unwrap();
    assert_eq!(diary.lines(), ["w started", "w stops: panicked", "w dropped", "w started"]);
}

#[actor_core::test(paused)]
async fn the_last_owner_gone_the_actor_handles_what_it_accepted_and_stops(system: TestSystem) {
    let diary = Diary::default();
    let worker = system.spawn(Worker::new("w", &diary));
    let weak = worker.downgrade();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    drop(worker);
    system.settle().await;

    assert!(weak.upgrade().is_none());
    assert!(matches!(weak.note(2).tell().await, Err(TellError::Closed(_, StopReason::Normal))));
    open.send(()).unwrap();
    assert_eq!(kind(&weak.stopped().await), "normal");
    let lines = diary.lines();
    assert_eq!(lines, ["w started", "w holds", "w goes on", "w saw 1", "w stops: normal", "w dropped"]);
}

#[actor_core::test(paused)]
async fn a_recipient_a_name_and_the_system_own_as_a_reference_does(system: TestSystem) {
    let diary = Diary::default();
    let by_recipient = system.spawn(Worker::new("r", &diary));
    let recipient = by_recipient.recipient::<WorkerNote>();
    drop(by_recipient);
    drop(system.build(Worker::new("n", &diary)).name("named").spawn().unwrap());
    let detached = system.spawn(Worker::new("d", &diary));
    let weak = detached.downgrade();
    detached.detach();
    system.settle().await;

    recipient.tell(WorkerNote { n: 1 }).await.unwrap();
    system.lookup::<Worker>("named").unwrap().note(2).await.unwrap();
    weak.note(3).await.unwrap();
    drop(recipient);
    system.settle().await;
    assert!(diary.lines().contains(&"r dropped".to_owned()));
}

#[actor_core::test(paused)]
async fn a_queued_reference_keeps_its_actor_alive(system: TestSystem) {
    struct Keeper(Option<ActorRef<Worker>>);
    #[actor]
    impl Keeper {
        #[handler]
        fn keep(&mut self, worker: ActorRef<Worker>) {
            self.0 = Some(worker);
        }
    }
    let worker = system.spawn(Worker::default());
    let weak = worker.downgrade();
    let keeper = system.spawn(Keeper(None));
    keeper.keep(worker).tell().await.unwrap();
    system.settle().await;
    assert!(weak.upgrade().is_some());
    drop(keeper);
    weak.stopped().await;
}

#[actor_core::test(paused)]
async fn a_spawned_actor_is_never_restarted_and_its_crash_is_an_event(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    worker.crash().await.unwrap_err();
    assert_eq!(kind(&worker.stopped().await), "panicked");
    assert!(matches!(worker.status(), Status::Stopped(_)));
    let crash = system.trace().into_iter().find(|line| line.contains("crashed")).unwrap();
    assert!(
        crash.contains("on purpose") && crash.contains("kit.rs") && crash.contains("WorkerCrash"),
        "{crash}"
    );
}

#[actor_core::test(paused)]
async fn stopped_comes_after_the_state_is_dropped_and_the_name_is_free(system: TestSystem) {
    let diary = Diary::default();
    let worker = system.build(Worker::new("w", &diary)).name("w").spawn().unwrap();
    worker.stop();
    worker.stopped().await;
    assert_eq!(diary.lines().last().unwrap(), "w dropped");
    assert!(matches!(system.lookup::<Worker>("w"), Err(LookupError::Unknown { .. })));
    let again = system.build(Worker::new("w", &diary)).name("w").spawn().unwrap();
    assert_ne!(again.id(), worker.id());
}

#[actor_core::test(paused)]
async fn stopped_goes_on_waiting_over_a_restart(system: TestSystem) {
    let worker = supervised(&system, &Diary::default()).await;
    let stopped = tokio::spawn(worker.stopped());
    // It listens by now, and so sees every change.
    system.settle().await;
    worker.stop();
    system.settle().await;
    worker.kill();
    system.settle().await;
    assert_eq!(worker.epoch(), 3);
    assert!(!stopped.is_finished());
    system.shutdown().await;
    assert_eq!(kind(&stopped.await.unwrap()), "shutdown");
}

#[actor_core::test(paused)]
async fn a_name_belongs_to_one_actor_and_one_type(system: TestSystem) {
    let first = system.build(Worker::default()).name("one").spawn().unwrap();
    let second = system.build(Worker::default()).name("one").spawn();
    let Err(SpawnError::NameTaken(taken)) = second else { panic!("the name was given twice") };
    assert_eq!(taken.to_string(), "the name `one` belongs to /one already");
    struct Other;
    impl Actor for Other {}
    let wrong = system.lookup::<Other>("one").unwrap_err();
    assert_eq!(wrong.to_string(), "the actor named `one` is a Worker, not a Other");
    first.register("two").unwrap();
    assert_eq!(system.lookup::<Worker>("two").unwrap(), first);
}

#[actor_core::test(paused)]
async fn start_waits_for_on_start_and_tells_why_it_failed(system: TestSystem) {
    struct Picky;
    impl Actor for Picky {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            Err("no disk".into())
        }
    }
    let worker = system.start(Worker::default()).await.unwrap();
    assert!(matches!(worker.status(), Status::Running));
    let failed = system.build(Picky).name("picky").start().await.unwrap_err();
    assert_eq!(failed.to_string(), "/picky did not start: no disk");
    assert!(system.lookup::<Picky>("picky").is_err());
}

#[actor_core::test(paused)]
async fn a_strong_cycle_lives_until_shutdown(system: TestSystem) {
    struct Narcissus(Option<ActorRef<Narcissus>>);
    #[actor]
    impl Narcissus {
        #[handler]
        fn look(&mut self, at: ActorRef<Narcissus>) {
            self.0 = Some(at);
        }
    }
    let one = system.spawn(Narcissus(None));
    one.look(one.clone()).await.unwrap();
    let weak = one.downgrade();
    drop(one);
    system.settle().await;
    assert!(weak.upgrade().is_some());
    let path = weak.path().clone();
    drop(weak);
    let report = system.shutdown().await;
    assert_eq!((report.stopped, &report.cycles), (1, &vec![vec![path.clone()]]));
    assert!(report.to_string().contains(&format!("{path} → {path} owned each other")), "{report}");
}

#[actor_core::test(paused)]
async fn the_shutdown_names_strong_cycles_and_no_others(system: TestSystem) {
    /// Has a friend.
    struct Friend(Option<ActorRef<Friend>>);
    #[actor]
    impl Friend {
        #[handler]
        fn meet(&mut self, other: ActorRef<Friend>) {
            self.0 = Some(other);
        }
    }
    system.allow_leaks();
    let friends = async || {
        let pair = (system.spawn(Friend(None)), system.spawn(Friend(None)));
        pair.0.meet(pair.1.clone()).await.unwrap();
        pair.1.meet(pair.0.clone()).await.unwrap();
        pair
    };
    let (one, other) = friends().await;
    let leaked = vec![vec![one.path().clone(), other.path().clone()]];
    drop((one, other));
    // The system owns one of these, and this function one of those.
    let (kept, _) = friends().await;
    kept.detach();
    let (held, _) = friends().await;
    let report = system.shutdown().await;
    assert_eq!(report.cycles, leaked, "{report}");
    drop(held);
}

#[actor_core::test(paused)]
async fn an_actor_spawned_during_shutdown_ends_at_once(system: TestSystem) {
    system.shutdown().await;
    let late = system.spawn(Worker::default());
    assert_eq!(kind(&late.stopped().await), "shutdown");
    assert!(matches!(late.ask(WorkerCrash).await, Err(AskError::Undelivered(..))));
}
